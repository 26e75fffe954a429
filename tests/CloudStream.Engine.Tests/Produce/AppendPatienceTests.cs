using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Produce;

public sealed class AppendPatienceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource<AppendResult> _outcome = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_known_in_time_is_unknown()
    {
        var waiting = new AppendTicket(_outcome.Task).WaitAsync(s_patience, _time, Token).AsTask();
        Assert.Equal(ErrorCode.OutcomeUnknown, (await _time.RunAsync(waiting)).Error);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 30, TimeSpan.Zero), _time.GetUtcNow());
    }

    [Fact]
    public async Task Time_in_which_the_process_was_stopped_does_not_count()
    {
        var waiting = new AppendTicket(_outcome.Task).WaitAsync(s_patience, _time, Token).AsTask();
        _time.Advance(TimeSpan.FromHours(1)); // What fell due meanwhile fires when it goes on.
        await UntilItWaitsAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);

        _outcome.SetResult(new AppendResult(ErrorCode.None, BaseOffset: 7));

        Assert.Equal(7, (await waiting).BaseOffset);
    }

    [Fact]
    public async Task All_appends_of_a_request_share_its_patience()
    {
        var patience = new AppendPatience(s_patience, _time);
        var first = new TaskCompletionSource<AppendResult>();
        var waiting = patience.WaitAsync(new AppendTicket(first.Task), Token).AsTask();
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(s_patience / 8);
            await UntilItWaitsAsync();
        }

        first.SetResult(new AppendResult(ErrorCode.None, BaseOffset: 1));
        Assert.Equal(1, (await waiting).BaseOffset);
        Assert.Equal(ErrorCode.OutcomeUnknown,
            (await _time.RunAsync(patience.WaitAsync(new AppendTicket(_outcome.Task), Token).AsTask())).Error);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 30, TimeSpan.Zero), _time.GetUtcNow());
    }

    [Fact]
    public async Task Who_is_gone_does_not_wait()
    {
        using var gone = new CancellationTokenSource();
        var waiting = new AppendTicket(_outcome.Task).WaitAsync(s_patience, _time, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    // The next step of the wait has set its timer.
    private async Task UntilItWaitsAsync()
    {
        while (_time.Timers == 0)
            await Task.Yield();
    }
}
