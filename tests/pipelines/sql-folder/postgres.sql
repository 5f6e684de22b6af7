COPY public.countries FROM '/tmp/countries.csv' WITH (FORMAT csv, HEADER true);
