using HardenedService.Platform.Sweeps;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

internal static class IdentitySweeps
{
    public static void AddIdentitySweeps(this WebApplicationBuilder builder)
    {
        builder.AddSweep(_ => Sweep.Ended("one_time_tokens", "identity.one_time_tokens", "expires_at"));

        // Registering again revives a pending account, under the address' lock (IdentityDb.LockAddressAsync): an address that is being
        // registered is passed over, and one that was registered since this statement began has another stamp.
        builder.AddSweep(services => new Sweep(
            "unconfirmed_accounts",
            """
            with forgotten as materialized (
              select id, normalized_email, concurrency_stamp
              from identity.accounts account
              where not email_confirmed
                and created_at <= now() - $2
                and not exists (
                  select
                  from identity.one_time_tokens token
                  where token.account_id = account.id
                    and token.expires_at > now()
                )
              limit $1
            ), locked as materialized (
              select id, concurrency_stamp
              from forgotten
              where pg_try_advisory_xact_lock(hashtextextended(normalized_email, 0))
            )
            delete from identity.accounts account
            using locked
            where account.id = locked.id
              and account.concurrency_stamp = locked.concurrency_stamp
            """,
            services.GetRequiredService<IOptions<AccountOptions>>().Value.KeepUnconfirmed));
    }
}
