namespace CloudStream.Client.Tests.Doubles;

/// <summary>Waits for something that other threads bring about.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "It did not come about within 20 s.");
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
