drop table identity.passkeys;
drop table identity.recovery_codes;
drop table identity.totp_factors;
