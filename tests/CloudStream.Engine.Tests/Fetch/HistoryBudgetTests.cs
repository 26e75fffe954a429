using CloudStream.Log.Cache;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class HistoryBudgetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Reads_beyond_the_count_wait_and_are_admitted_in_order() => Pump.Run(async () =>
    {
        var budget = new HistoryBudget(2, 1000);
        await budget.EnterAsync(1, Token);
        await budget.EnterAsync(1, Token);
        var third = budget.EnterAsync(1, Token).AsTask();
        var fourth = budget.EnterAsync(1, Token).AsTask();
        Assert.False(third.IsCompleted || fourth.IsCompleted);

        budget.Leave(1);
        await third;
        Assert.False(fourth.IsCompleted);
        budget.Leave(1);
        await fourth;
    });

    [Fact]
    public void A_small_read_does_not_overtake_a_large_one_that_waits_for_bytes() => Pump.Run(async () =>
    {
        var budget = new HistoryBudget(10, 100);
        await budget.EnterAsync(60, Token);
        var large = budget.EnterAsync(50, Token).AsTask();
        var small = budget.EnterAsync(1, Token).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);

        budget.Leave(60);
        await Task.WhenAll(large, small);
    });

    [Fact]
    public void A_read_larger_than_the_bound_goes_alone() => Pump.Run(async () =>
    {
        var budget = new HistoryBudget(10, 100);
        await budget.EnterAsync(500, Token);
        var next = budget.EnterAsync(1, Token).AsTask();
        Assert.False(next.IsCompleted);
        budget.Leave(500);
        await next;
    });

    [Fact]
    public void Who_gives_up_loses_the_place_and_costs_nothing() => Pump.Run(async () =>
    {
        var budget = new HistoryBudget(1, 100);
        await budget.EnterAsync(1, Token);
        using var cancel = new CancellationTokenSource();
        var impatient = budget.EnterAsync(1, cancel.Token).AsTask();
        var next = budget.EnterAsync(1, Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        budget.Leave(1);
        await next;
        budget.Leave(1);
        Assert.True(budget.EnterAsync(1, Token).AsTask().IsCompletedSuccessfully);
    });

    [Fact]
    public void Read_ahead_takes_at_most_half_of_the_bytes_three_quarters_of_the_reads_and_nothing_while_a_reader_waits() =>
    Pump.Run(async () =>
    {
        var budget = new HistoryBudget(4, 100);
        Assert.True(budget.TryEnterAhead(20));
        Assert.False(budget.TryEnterAhead(31));
        Assert.True(budget.TryEnterAhead(20));
        Assert.True(budget.TryEnterAhead(1));
        Assert.False(budget.TryEnterAhead(1));
        await budget.EnterAsync(1, Token);
        var waiting = budget.EnterAsync(1, Token).AsTask();
        budget.Leave(20);
        await waiting;
        Assert.False(budget.TryEnterAhead(1));
        budget.Leave(20);
        Assert.False(budget.TryEnterAhead(1));
        budget.Leave(1);
        Assert.True(budget.TryEnterAhead(1));
    });
}
