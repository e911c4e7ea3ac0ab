using System.Net.Sockets;
using HardenedService.Operations.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>What checks look at: the running service, its database, its repository, and what is written down.</summary>
internal sealed class ReadinessContext : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Neither redirects nor cookies: a check looks at an answer as it comes.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };
    private readonly DirectoryInfo? _repository;
    private readonly Uri? _service;
    private readonly Uri? _management;
    private EvidenceLog? _evidence;
    private string? _unreachable;

    /// <param name="configuration">The console's settings.</param>
    /// <param name="file">What the team has written down.</param>
    /// <param name="repository">The solution's folder; null where there is none.</param>
    /// <param name="service">The public address; null if nobody said.</param>
    /// <param name="management">The management port's address; null if nobody said.</param>
    public ReadinessContext(IConfiguration configuration, ReadinessFile file, DirectoryInfo? repository, Uri? service, Uri? management)
    {
        (Configuration, File, _repository, _service, _management) = (configuration, file, repository, service, management);
    }

    public IConfiguration Configuration { get; }

    public ReadinessFile File { get; }

    /// <exception cref="UsageException">Nobody said which database.</exception>
    public EvidenceLog Evidence => _evidence ??= new(OpenAsync);

    public string OperatorConnectionString => Configuration.RequireConnectionString("Operations:OperatorConnectionString");

    /// <summary>Who asks, with no credentials: by way of <see cref="ServiceProbe"/>.</summary>
    public HttpClient Http => _http;

    /// <exception cref="InconclusiveException">Nobody said where it is.</exception>
    public Uri Service => _service ?? throw new InconclusiveException("needs the service's address: --url");

    /// <exception cref="InconclusiveException">Nobody said where it is.</exception>
    public Uri Management => _management ?? throw new InconclusiveException("needs the management port's address: --management-url");

    /// <summary>The API's settings, as the API would read them here.</summary>
    /// <param name="environment">The environment; null for the one that the API would take.</param>
    /// <exception cref="InconclusiveException">They are not here: what the API does where nothing is set tells nothing of a deployment.</exception>
    public WebApplicationBuilder ReadApi(string? environment) => string.IsNullOrEmpty(Configuration["Database:ConnectionString"])
        ? throw new InconclusiveException("needs the API's settings, which are not here (no Database:ConnectionString): docs/readiness.md tells how to run it with them")
        : ApiSettings.Read(Configuration, environment);

    /// <summary>A file or folder of the repository.</summary>
    /// <exception cref="InconclusiveException">There is no repository here.</exception>
    public string InRepository(params string[] path) =>
        Path.Combine([(_repository ?? throw new InconclusiveException("needs the repository: run it there, or say where it is (--repository)")).FullName, .. path]);

    /// <summary>Asks the database, as the operator, who can change nothing by it, and reads what comes.</summary>
    /// <exception cref="InconclusiveException">It is out of reach.</exception>
    /// <exception cref="NpgsqlException">It cannot answer this.</exception>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var bounds = new NpgsqlCommand("set transaction read only; set local statement_timeout = '30s'", connection);
        await bounds.ExecuteNonQueryAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<T> found = [];

        while (await rows.ReadAsync(cancel))
        {
            found.Add(read(rows));
        }

        return found;
    }

    public void Dispose() => _http.Dispose();

    // Whoever waited for it in vain waits no second time. What it says of hosts and users is not for a page that is mailed around.
    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        if (_unreachable is not null)
        {
            throw new InconclusiveException(_unreachable);
        }

        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(OperatorConnectionString) { Pooling = false }.ConnectionString);

        try
        {
            await connection.OpenAsync(cancel);

            return connection;
        }
        catch (NpgsqlException exception)
        {
            await connection.DisposeAsync();
            _unreachable = $"the database cannot be reached as Operations:OperatorConnectionString says ({Reason(exception)})";

            throw new InconclusiveException(_unreachable);
        }
    }

    private static string Reason(Exception exception) => exception switch
    {
        PostgresException refused => $"refused: {refused.SqlState}",
        { InnerException: SocketException socket } => $"{socket.SocketErrorCode}",
        _ => exception.InnerException?.GetType().Name ?? "no answer",
    };
}
