"""The instructor's desk: many programs, graded one by one and safely, and what is made of the results."""
