using CloudStream.Log.Memory;

namespace CloudStream.Engine.Tests.Runtime;

public sealed class TransferBudgetTests
{
    private const long Limit = 1_000_000;

    private readonly TransferBudget _budget = new(Limit);

    [Fact]
    public void What_is_small_takes_nothing_and_never_waits()
    {
        using var all = _budget.Open();
        Assert.True(all.TryTake(Limit));
        using var small = _budget.Open();
        Assert.True(small.TryTake(TransferBudget.SmallBytes));
        Assert.False(small.TryTake(TransferBudget.SmallBytes + 1));
        Assert.Equal((0L, Limit), (small.Bytes, _budget.Used));
    }

    [Fact]
    public void Who_waits_is_served_in_turn_and_nobody_passes()
    {
        using var first = _budget.Open();
        Assert.True(first.TryTake(900_000));
        using var large = _budget.Open();
        using var little = _budget.Open();
        var waitsLarge = large.TakeAsync(800_000, CancellationToken.None);
        var waitsLittle = little.TakeAsync(90_000, CancellationToken.None);
        Assert.False(waitsLarge.IsCompleted);
        Assert.False(waitsLittle.IsCompleted);
        Assert.Equal((2, 2L), (_budget.Waiting, _budget.Waits));
    }

    [Fact]
    public async Task What_is_larger_than_the_budget_gets_through_alone()
    {
        using var first = _budget.Open();
        Assert.True(first.TryTake(100_000));
        using var huge = _budget.Open();
        var waiting = huge.TakeAsync(5 * Limit, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        await waiting;
        Assert.Equal(5 * Limit, _budget.Used);
    }

    [Fact]
    public async Task Who_gives_up_makes_way_for_those_behind()
    {
        using var first = _budget.Open();
        Assert.True(first.TryTake(500_000));
        using var large = _budget.Open();
        using var next = _budget.Open();
        using var cut = new CancellationTokenSource();
        var gaveUp = large.TakeAsync(Limit, cut.Token);
        var behind = next.TakeAsync(200_000, CancellationToken.None);
        cut.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await gaveUp);
        await behind;
        Assert.Equal((700_000L, 0L, 0), (_budget.Used, large.Bytes, _budget.Waiting));
    }

    [Fact]
    public async Task Those_who_need_more_than_they_hold_go_beyond_the_budget_one_at_a_time()
    {
        using var one = _budget.Open();
        using var other = _budget.Open();
        Assert.True(one.TryTake(500_000) && other.TryTake(500_000));
        await one.TakeAsync(900_000, CancellationToken.None);
        var waiting = other.TakeAsync(900_000, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1_400_000, _budget.Used);

        // It goes on when the first has given back everything, not a part.
        one.Shrink(1);
        Assert.False(waiting.IsCompleted);
        one.Shrink(0);
        await waiting;
        Assert.Equal(900_000, _budget.Used);
        other.Dispose();
        Assert.Equal(0, _budget.Used);
    }

    [Fact]
    public void What_is_handed_over_counts_until_the_last_is_disposed_of()
    {
        var lease = _budget.Open();
        Assert.True(lease.TryTake(300_000));
        using var part = lease.Split(100_000);
        var more = lease.Split(400_000);
        Assert.Equal((0L, 500_000L), (lease.Bytes, _budget.Used));
        lease.Dispose();
        more.Dispose();
        more.Dispose();
        Assert.Equal(100_000, _budget.Used);
    }
}
