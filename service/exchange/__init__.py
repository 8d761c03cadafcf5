"""The exchange format: a folder of Parquet or CSV files in and out of the database, strictly and without loss."""
