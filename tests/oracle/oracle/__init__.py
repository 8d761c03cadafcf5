"""An independent reading of the domain model: what every customer's shelf must say, from exported files alone."""
