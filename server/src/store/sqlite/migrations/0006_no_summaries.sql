-- What a log comes to is summed in memory, as far as it grew; a response's part of it is read.
DROP TABLE summaries;
