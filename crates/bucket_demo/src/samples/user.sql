-- A table of users, as a program would make it.
CREATE TABLE user (
    id         INTEGER PRIMARY KEY,
    name       VARCHAR(64) NOT NULL,
    joined_on  DATE NOT NULL
);

INSERT INTO user (id, name, joined_on) VALUES
    (1, 'Hanako', '2024-04-01'),
    (2, 'Taro',   '2024-04-02');
