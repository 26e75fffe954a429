using CloudStream.Cluster.Faces;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class SendProgressTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();
    private readonly SendProgress _progress;
    private long _acknowledged;
    private long _send;

    public SendProgressTests() => _progress = new SendProgress(_time, () => _acknowledged);

    [Fact]
    public void Who_takes_a_byte_a_minute_has_not_stalled()
    {
        _send++;
        for (var i = 0; i < 100; i++)
        {
            Assert.False(LooksStalledAfter(30));
            Assert.False(LooksStalledAfter(29));
            _acknowledged++;
        }
    }

    [Fact]
    public void Who_takes_nothing_for_longer_than_the_limit_has()
    {
        _acknowledged = 7;
        _send++;
        Assert.False(LooksStalledAfter(5));
        Assert.False(LooksStalledAfter(60));
        Assert.True(LooksStalledAfter(1));
    }

    [Fact]
    public void Nobody_has_stalled_to_whom_nothing_is_sent_and_each_send_has_its_own_time()
    {
        Assert.False(LooksStalledAfter(600));
        _send++;
        Assert.False(LooksStalledAfter(1));
        Assert.False(LooksStalledAfter(59));
        _send++;
        Assert.False(LooksStalledAfter(600));
        _send++;
        Assert.False(LooksStalledAfter(1));
        Assert.False(LooksStalledAfter(60));
        Assert.True(LooksStalledAfter(1));
    }

    private bool LooksStalledAfter(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return _progress.HasStalled(_send, s_limit);
    }
}
