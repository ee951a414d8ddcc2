-- What a test would ask that table.
SELECT name FROM user WHERE joined_on >= '2024-04-02' ORDER BY name;
