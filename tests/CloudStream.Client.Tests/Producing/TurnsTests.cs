using CloudStream.Client.Producing;

namespace CloudStream.Client.Tests.Producing;

public sealed class TurnsTests
{
    [Fact]
    public async Task Turns_come_in_order_and_those_who_leave_the_line_let_nobody_overtake()
    {
        var line = new Turns();
        var first = line.Queue();
        var second = line.Queue();
        var third = line.Queue();
        using var impatient = new CancellationTokenSource();
        var secondComes = second.ComesAsync(impatient.Token);
        var thirdComes = third.ComesAsync(CancellationToken.None);
        await first.ComesAsync(CancellationToken.None);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => secondComes);
        second.Dispose();
        Assert.False(thirdComes.IsCompleted);
        first.Dispose();
        await thirdComes;
        Assert.True(line.IsAnyoneWaiting);
        third.Dispose();

        Assert.False(line.IsAnyoneWaiting);
    }
}
