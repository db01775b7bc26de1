//! Exchange of items and deposits of sealed records.
