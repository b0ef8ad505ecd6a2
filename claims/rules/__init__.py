"""Pure decisions of the desk: data in, answers out. No clock, no database, no framework; time is an argument."""
