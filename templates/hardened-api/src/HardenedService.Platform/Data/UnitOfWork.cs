using System.Data;
using HardenedService.Platform.Tenancy;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>
/// The request's one connection and the transaction on it. Every context and command of a request shares both, so that what a call
/// does stands or falls as a whole. The group of the API opens and commits it; only a handler that hashes, receives or calls out says
/// <see cref="UnitOfWorkExtensions.OpensOwnTransactions"/> on its route and begins one here when that is done.
/// </summary>
/// <param name="database">The main pool.</param>
public sealed class UnitOfWork(NpgsqlDataSource database) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;
    private bool _isDeclined;
    private Action? _committed;

    /// <summary>Whether a transaction is open, which then holds whatever is written.</summary>
    public bool IsOpen => Current is not null;

    internal DatabaseTransaction? Current { get; private set; }

    /// <summary>Whose rows a transaction sees that begins from now on: those of the session that the request came with.</summary>
    internal TenantScope Scope { get; set; } = TenantScope.None;

    /// <summary>Whose rows the open transaction sees.</summary>
    internal TenantScope Entered { get; private set; } = TenantScope.None;

    /// <summary>Whether anything of this request asked for the connection so far.</summary>
    internal bool IsWanted => _connection is not null;

    internal NpgsqlConnection Connection => _connection ??= _isDeclined
        ? throw new InvalidOperationException(
            "Nothing that this handler takes needed the database, so no transaction was opened. Take what needs it as a parameter.")
        : database.CreateConnection();

    /// <summary>
    /// Begins a transaction. Disposing it without a commit rolls it back; a context that saved within it is stale then, and not to be
    /// used any more.
    /// </summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The transaction, to be committed and disposed.</returns>
    /// <exception cref="InvalidOperationException">One is open already.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public Task<DatabaseTransaction> BeginAsync(CancellationToken cancel) => BeginAsync(isReadOnly: false, cancel);

    /// <summary>
    /// From here to its end, the transaction acts in another organization: it sees and writes that one's rows. Whoever calls this has made
    /// sure that the person belongs there.
    /// </summary>
    /// <param name="organizationId">The organization; null for none, in which the person sees their own memberships and invitations.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when it does.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public Task ActInAsync(Guid? organizationId, CancellationToken cancel) => EnterAsync(Entered with { OrganizationId = organizationId }, cancel);

    /// <summary>
    /// From here to its end, the transaction acts as a person, in no organization. Whoever calls this has made sure who it is.
    /// </summary>
    /// <param name="userId">The account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when it does.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public Task ActAsAsync(Guid userId, CancellationToken cancel) => EnterAsync(new(userId, OrganizationId: null), cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Current = null;
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Looks something up in a read-only transaction of its own, which has ended when it returns.</summary>
    /// <typeparam name="T">What is looked up.</typeparam>
    /// <param name="read">Reads, to the end: what it returns reads no further.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="InvalidOperationException">A transaction is open already.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(read);
        await using var transaction = await BeginAsync(isReadOnly: true, cancel);

        return await read();
    }

    /// <summary>No transaction for this request: who asks for the connection later is told so.</summary>
    internal void Decline() => _isDeclined = true;

    /// <summary>What to do once the open transaction is committed; nothing if it is not. It must neither fail nor take long.</summary>
    internal void OnCommitted(Action then) => _committed += then;

    internal async Task EndAsync(DatabaseTransaction transaction, bool isCommitted = false)
    {
        if (Current == transaction)
        {
            Current = null;
            var committed = Interlocked.Exchange(ref _committed, null);

            if (isCommitted)
            {
                committed?.Invoke();
            }

            // Rolls back what was not committed, and returns the connection: a slow reader of the answer does not keep it.
            await Connection.CloseAsync();
        }
    }

    private async Task<DatabaseTransaction> BeginAsync(bool isReadOnly, CancellationToken cancel)
    {
        if (IsOpen)
        {
            throw new InvalidOperationException("A transaction is open already: a unit of work has one at a time.");
        }

        if (Connection.State != ConnectionState.Open)
        {
            await Connection.OpenAsync(cancel);
        }

        var transaction = new DatabaseTransaction(this, await Connection.BeginTransactionAsync(cancel));
        Current = transaction;
        Entered = Scope;

        if (isReadOnly || Scope != TenantScope.None)
        {
            try
            {
                // Npgsql sends BEGIN along with the first command: this one.
                await SetAsync(isReadOnly ? $"set transaction read only; {Scope.Sql}" : Scope.Sql, cancel);
            }
            catch
            {
                await transaction.DisposeAsync();
                throw;
            }
        }

        return transaction;
    }

    private async Task EnterAsync(TenantScope scope, CancellationToken cancel)
    {
        if (!IsOpen)
        {
            throw new InvalidOperationException("The scope is a transaction's, and none is open: begin one first.");
        }

        await SetAsync(scope.Sql, cancel);
        Entered = scope;
    }

    private async Task SetAsync(string settings, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(settings, Connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}

/// <summary>A transaction of the <see cref="UnitOfWork"/>.</summary>
public sealed class DatabaseTransaction : IAsyncDisposable
{
    private readonly UnitOfWork _work;
    private readonly NpgsqlTransaction _transaction;

    internal DatabaseTransaction(UnitOfWork work, NpgsqlTransaction transaction)
    {
        _work = work;
        _transaction = transaction;
    }

    /// <summary>Makes everything last. Not cancellable: a commit given up half-way could have happened.</summary>
    /// <returns>A task that ends when the database has it.</returns>
    /// <exception cref="InvalidOperationException">It was committed or disposed before.</exception>
    /// <exception cref="NpgsqlException">Nothing was committed; or the connection broke, and it is unknown.</exception>
    public async Task CommitAsync()
    {
        if (_work.Current != this)
        {
            throw new InvalidOperationException("The transaction has ended already.");
        }

        var isCommitted = false;

        try
        {
            await _transaction.CommitAsync(CancellationToken.None);
            isCommitted = true;
        }
        finally
        {
            await _work.EndAsync(this, isCommitted);
        }
    }

    /// <summary>Rolls back, unless it was committed.</summary>
    /// <returns>A task that ends when the connection is back in its pool.</returns>
    public async ValueTask DisposeAsync() => await _work.EndAsync(this);
}
