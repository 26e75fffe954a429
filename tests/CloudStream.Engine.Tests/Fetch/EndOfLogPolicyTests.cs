using CloudStream.Cluster.Settings;
using CloudStream.Log.Waiting;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class EndOfLogPolicyTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(250, 250)]
    [InlineData(5, 5)]
    [InlineData(0, 5)]
    public void Beside_other_writers_the_register_is_read_every_flush_interval_but_not_more_often_than_every_5_ms(
        int flushMs, int expectedMs) =>
            Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), Policy(flushMs).UntilDue(newestOfOthers: 7));

    [Theory]
    [InlineData(5, 50)]
    [InlineData(250, 2_500)]
    [InlineData(1_000, 3_000)]
    public void Where_nobody_else_writes_it_is_read_a_tenth_as_often_and_every_third_of_a_lease_at_least(int flushMs, int expectedMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), Policy(flushMs).UntilDue(newestOfOthers: 0));

    [Fact]
    public void A_lease_shorter_than_flushes_are_spaced_does_not_make_it_more_often() =>
        Assert.Equal(TimeSpan.FromSeconds(10), Policy(10_000).UntilDue(newestOfOthers: 0));

    [Fact]
    public void One_of_those_who_wait_gets_the_turn_and_the_next_one_an_interval_later()
    {
        var policy = Policy(250);
        Assert.False(policy.TryTakeTurn(newestOfOthers: 7));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.True(policy.TryTakeTurn(newestOfOthers: 7));
        Assert.False(policy.TryTakeTurn(newestOfOthers: 7));
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(newestOfOthers: 7));
    }

    [Fact]
    public void A_read_made_for_another_reason_counts()
    {
        var policy = Policy(250);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        policy.Reading();
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(newestOfOthers: 7));
    }

    [Fact]
    public void A_commit_of_another_writer_makes_it_often_for_a_minute()
    {
        var policy = Policy(250);
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(newestOfOthers: 7));

        _time.Advance(TimeSpan.FromSeconds(59));
        policy.Reading();
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(newestOfOthers: 7));

        _time.Advance(TimeSpan.FromSeconds(1));
        policy.Reading();
        Assert.Equal(TimeSpan.FromMilliseconds(2_500), policy.UntilDue(newestOfOthers: 7));

        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.UntilDue(newestOfOthers: 8));
    }

    private EndOfLogPolicy Policy(int flushMs) =>
        new(new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(flushMs), Lease = TimeSpan.FromSeconds(9) }, _time);
}
