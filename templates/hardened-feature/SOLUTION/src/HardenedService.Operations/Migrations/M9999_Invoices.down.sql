drop table invoices.invoices;
drop schema invoices;
