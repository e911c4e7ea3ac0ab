using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbound;

namespace HardenedService.Tests.Telemetry;

[Wall("K7")]
public sealed class BacklogTests
{
    private readonly MovableClock _clock = new();
    private long _dropped;

    [Fact]
    public void What_finds_no_room_is_counted_and_delivery_makes_room()
    {
        var backlog = New(room: 10);
        Enter(backlog, 12);
        Assert.Equal((10, 2), (backlog.Count, _dropped));

        backlog.Left(4);
        Enter(backlog, 5);
        Assert.Equal((10, 3), (backlog.Count, _dropped));
    }

    [Fact]
    public void Large_items_take_more_room()
    {
        var backlog = New(room: 10, bytes: 100);

        Assert.True(backlog.TryEnter(60));
        Assert.False(backlog.TryEnter(60));
        Assert.True(backlog.TryEnter(40));
        backlog.Left(1);
        Assert.True(backlog.TryEnter(60));
        Assert.Equal(1, _dropped);
    }

    [Fact]
    public void A_batch_that_is_not_taken_and_not_sent_again_is_counted()
    {
        var backlog = New(room: 10);
        Enter(backlog, 5);

        backlog.Left(5, lost: 5);

        Assert.Equal((0, 5), (backlog.Count, _dropped));
    }

    [Fact]
    public void A_batch_that_is_not_full_shows_what_was_lost_before_it()
    {
        var backlog = New(room: 10);
        Enter(backlog, 6);
        backlog.Left(5);
        Enter(backlog, 2);

        // One of the six has not come out, and the queue is empty but for what came since.
        backlog.Left(2);
        Assert.Equal((1, 0), (backlog.Count, _dropped));
        backlog.Left(0);
        Assert.Equal((0, 1), (backlog.Count, _dropped));
    }

    [Fact]
    public void What_is_not_even_tried_any_more_was_given_up()
    {
        var backlog = New(room: 3);
        Enter(backlog, 3);
        _clock.Advance(TimeSpan.FromMinutes(1));
        backlog.Tried();
        _clock.Advance(TimeSpan.FromMinutes(1.5));
        Assert.False(backlog.TryEnter());

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(backlog.TryEnter());
        Assert.Equal((1, 4), (backlog.Count, _dropped));
    }

    [Fact]
    public void What_is_left_at_the_end_is_counted()
    {
        var backlog = New(room: 3);
        Enter(backlog, 2);

        backlog.Close();

        Assert.Equal((0, 2), (backlog.Count, _dropped));
    }

    private static void Enter(Backlog backlog, int count)
    {
        for (var i = 0; i < count; i++)
        {
            backlog.TryEnter();
        }
    }

    private Backlog New(int room, long bytes = long.MaxValue) => new(count => _dropped += count, _clock, room, batch: 5, bytes);
}
