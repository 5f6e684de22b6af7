-- One file that shows every family of rules.

-- Keys that don't serve the queries.
CREATE TABLE visits (
    visit_id BIGINT IDENTITY(1, 1),
    visited_on DATE,
    page_url VARCHAR(4000),
    revenue DOUBLE PRECISION
)
DISTKEY (visited_on)
INTERLEAVED SORTKEY (visited_on, page_url);

-- Encodings.
CREATE TABLE sessions (
    session_id BIGINT ENCODE LZO,
    user_agent VARCHAR(MAX),
    country CHAR(2) ENCODE RAW,
    signed_in BOOLEAN ENCODE AZ64
);

-- What Redshift refuses.
CREATE TABLE payments (
    payment_id SERIAL,
    payload JSONB,
    amount DECIMAL(12, 2) CHECK (amount > 0)
);
CREATE INDEX payments_by_amount ON payments (amount);
ALTER TABLE payments ADD COLUMN currency CHAR(3), ADD COLUMN paid_at TIMESTAMP;

-- Loads.
COPY visits FROM 's3://example-shop/visits/all.csv.gz'
ACCESS_KEY_ID 'AKIAEXAMPLE' SECRET_ACCESS_KEY 'c2VjcmV0'
CSV GZIP MAXERROR 1000;
INSERT INTO sessions (session_id) VALUES (1);
INSERT INTO sessions (session_id) VALUES (2);
INSERT INTO sessions (session_id) VALUES (3);

-- What is known, silenced with its reason.
-- distkey: ignore DK212: rough estimates, never summed
CREATE TABLE estimates (
    item_id BIGINT,
    cost REAL
);
