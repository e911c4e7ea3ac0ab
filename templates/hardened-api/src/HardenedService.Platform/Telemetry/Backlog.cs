namespace HardenedService.Platform.Telemetry;

/// <summary>
/// The books of a queue that is not ours and drops in silence. What goes in is seen on its way in, what comes out when it is sent; what is
/// neither out nor can be inside any more was dropped.
/// </summary>
/// <param name="dropped">Told how many were.</param>
/// <param name="clock">Tells how long nothing was sent.</param>
/// <param name="room">The most items that can be inside.</param>
/// <param name="batch">The most items that are sent at once: fewer of them empty the queue.</param>
/// <param name="bytes">The most that the items may come to.</param>
internal sealed class Backlog(Action<long> dropped, TimeProvider clock, int room, int batch, long bytes = long.MaxValue)
{
    // Whoever has something tries to send it at least once a minute. Silent for longer, it has given everything up.
    private static readonly TimeSpan GivenUp = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Queue<int> _sizes = new();
    private long _size;
    private long _entered;
    private long _enteredBefore;
    private long _lastTry = clock.GetTimestamp();

    /// <summary>How many items are inside, as far as can be told.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _sizes.Count;
            }
        }
    }

    /// <summary>Notes an item on its way in.</summary>
    /// <returns>False if there is no room: it counts as dropped.</returns>
    public bool TryEnter(int size = 0)
    {
        lock (_gate)
        {
            if (_sizes.Count > 0 && IsFull(size) && clock.GetElapsedTime(_lastTry) > GivenUp)
            {
                Drop(_sizes.Count);
            }

            if (IsFull(size))
            {
                dropped(1);
                return false;
            }

            _sizes.Enqueue(size);
            _size += size;
            _entered++;

            return true;
        }
    }

    /// <summary>A batch is being sent, for the first time or again.</summary>
    public void Tried()
    {
        lock (_gate)
        {
            _lastTry = clock.GetTimestamp();
        }
    }

    /// <summary>A batch has left for good.</summary>
    /// <param name="count">How many items it had.</param>
    /// <param name="lost">How many of them were not taken.</param>
    public void Left(int count, int lost = 0)
    {
        lock (_gate)
        {
            _lastTry = clock.GetTimestamp();
            Leave(Math.Min(count, _sizes.Count));

            if (lost > 0)
            {
                dropped(lost);
            }

            // A batch that is not full took all that was there when it was made, which was after the last one had left. What entered before
            // that and is not out has been lost on the way.
            if (count < batch && _sizes.Count - (_entered - _enteredBefore) is > 0 and var missing)
            {
                Drop((int)missing);
            }

            _enteredBefore = _entered;
        }
    }

    /// <summary>Nothing will be sent any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            Drop(_sizes.Count);
        }
    }

    private bool IsFull(int size) => _sizes.Count >= room || _size + size > bytes;

    private void Drop(int count)
    {
        if (count > 0)
        {
            Leave(count);
            dropped(count);
        }
    }

    private void Leave(int count)
    {
        for (; count > 0; count--)
        {
            _size -= _sizes.Dequeue();
        }
    }
}
