BEGIN;
CREATE TEMP TABLE arrived (LIKE analytics.events);
COPY arrived FROM 's3://acme-clean/events/{{ ds }}/' IAM_ROLE default FORMAT AS PARQUET;
DELETE FROM analytics.events USING arrived WHERE events.event_id = arrived.event_id;
INSERT INTO analytics.events SELECT * FROM arrived;
COMMIT;
