using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HardenedService.Platform.Health;

/// <summary>
/// A check that is over in time, even if it heeds no token. One that hangs is not made a second time beside itself: it has failed until it
/// comes to an end.
/// </summary>
internal sealed class BoundedCheck(Func<IServiceProvider, IHealthCheck> make, TimeSpan limit)
{
    private Task<HealthCheckResult> _last = Task.FromResult(HealthCheckResult.Healthy());

    /// <summary>Bounds a registered check, by its own limit if it has one.</summary>
    public static void Bound(HealthCheckRegistration registration, TimeSpan limit)
    {
        var bounded = new BoundedCheck(registration.Factory, registration.Timeout == Timeout.InfiniteTimeSpan ? limit : registration.Timeout);
        registration.Factory = services => new Run(bounded, services);
        registration.Timeout = Timeout.InfiniteTimeSpan;
    }

    private async Task<HealthCheckResult> CheckAsync(IServiceProvider services, HealthCheckContext context, CancellationToken cancel)
    {
        if (!_last.IsCompleted)
        {
            return Late();
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        over.CancelAfter(limit);
        _last = Task.Run(() => make(services).CheckHealthAsync(context, over.Token), CancellationToken.None);

        try
        {
            return await _last.WaitAsync(over.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Late();
        }
    }

    private HealthCheckResult Late() => HealthCheckResult.Unhealthy($"no answer within {limit.TotalSeconds:0.#} s");

    private sealed class Run(BoundedCheck check, IServiceProvider services) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            check.CheckAsync(services, context, cancellationToken);
    }
}
