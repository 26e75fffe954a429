namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>Time that only moves when a test says so. The monotonic clock and the wall clock can be moved apart.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = TimeSpan.TicksPerDay;
    private DateTimeOffset _wall = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => _wall;

    public long NowMs => _wall.ToUnixTimeMilliseconds();

    public void Advance(TimeSpan by)
    {
        _ticks += by.Ticks;
        _wall += by;
    }

    public void JumpWall(TimeSpan by) => _wall += by;
}
