namespace CloudStream.Cli.Tests;

/// <summary>
/// Waits for what another process does. The only place that looks at a clock; a limit ends a wait that would be for ever.
/// </summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> what)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (!await condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"{what()} (waited {limit.TotalSeconds} s)");
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Lets time pass, for what happens at moments that a seed draws; false when it was cut short.</summary>
    public static async Task<bool> PassedAsync(TimeSpan time, CancellationToken cut)
    {
        await Task.Delay(time, cut).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return !cut.IsCancellationRequested;
    }
}
