using CloudStream.Cluster.Settings;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class EndOfLogPolicyTests
{
    private static readonly ShardState s_state = ShardState.Empty(0);
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(250, 250)]
    [InlineData(5, 5)]
    [InlineData(0, 5)]
    public void Without_a_sure_lease_the_register_is_read_every_flush_interval_but_not_more_often_than_every_5_ms(
        int flushMs, int expectedMs) =>
            Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), Policy(flushMs).UntilDue(isSurelyHeld: false, s_state));

    [Fact]
    public void With_a_sure_lease_it_is_read_every_third_of_a_lease() =>
        Assert.Equal(TimeSpan.FromSeconds(3), Policy(250).UntilDue(isSurelyHeld: true, s_state));

    [Fact]
    public void A_lease_shorter_than_flushes_are_spaced_does_not_make_it_more_often() =>
        Assert.Equal(TimeSpan.FromSeconds(10), Policy(10_000).UntilDue(isSurelyHeld: true, s_state));

    [Fact]
    public void One_of_those_who_wait_gets_the_turn_and_the_next_one_an_interval_later()
    {
        var policy = Policy(250);
        Assert.False(policy.TryTakeTurn(isSurelyHeld: false, s_state));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.True(policy.TryTakeTurn(isSurelyHeld: false, s_state));
        Assert.False(policy.TryTakeTurn(isSurelyHeld: false, s_state));
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(isSurelyHeld: false, s_state));
    }

    [Fact]
    public void A_read_made_for_another_reason_counts()
    {
        var policy = Policy(250);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        policy.Reading();
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(isSurelyHeld: false, s_state));
    }

    [Fact]
    public void Writers_without_the_lease_make_it_often_for_a_minute_after_each_was_seen()
    {
        var policy = Policy(250);
        var seen = s_state with { Version = 8, LeaselessVersion = 7 };
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(isSurelyHeld: true, seen));

        _time.Advance(TimeSpan.FromSeconds(59));
        policy.Reading();
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(isSurelyHeld: true, seen));

        _time.Advance(TimeSpan.FromSeconds(1));
        policy.Reading();
        Assert.Equal(TimeSpan.FromSeconds(3), policy.UntilDue(isSurelyHeld: true, seen));

        var again = seen with { LeaselessVersion = 8 };
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(isSurelyHeld: true, again));
    }

    private EndOfLogPolicy Policy(int flushMs) =>
        new(new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(flushMs), Lease = TimeSpan.FromSeconds(9) }, _time);
}
