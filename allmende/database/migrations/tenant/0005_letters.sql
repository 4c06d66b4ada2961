-- The newest dead letters of a connector, and how many they are.
CREATE INDEX dead_letter_connector ON {tenant}.dead_letter (connector, id);
