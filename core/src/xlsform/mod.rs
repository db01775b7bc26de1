//! XLSForm workbooks, read into a form definition.
