
create index accounts_locale_idx on identity.accounts (locale);
