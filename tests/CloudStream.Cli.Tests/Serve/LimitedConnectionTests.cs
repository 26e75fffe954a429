using System.Diagnostics.Metrics;
using CloudStream.Cli.Serve;
using CloudStream.Cluster.Faces;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Cli.Tests.Serve;

/// <summary>A connection keeps its place until its socket is closed, and no client can put that off by taking nothing.</summary>
public sealed class LimitedConnectionTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly ClosingConnection _inner = new();
    private readonly ConnectionLimit _limit = new(
        100, new DescriptorBudget(65_536, 210, 172, true),
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), NullLogger.Instance);

    [Fact]
    public async Task A_client_that_takes_nothing_of_the_rest_of_its_answer_is_not_waited_for()
    {
        Assert.True(_limit.TryEnter(300, "http"));

        await DisposeAsync(new SendProgress(_time, static () => 7));

        Assert.Equal((true, 0), (_inner.IsAborted, _limit.Open));
        Assert.InRange(_time.GetUtcNow() - _time.Start, TimeSpan.FromSeconds(60), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task One_that_takes_it_slowly_is_and_keeps_its_place_meanwhile()
    {
        var (looks, open) = (0, -1);
        Assert.True(_limit.TryEnter(300, "http"));
        var progress = new SendProgress(_time, () =>
        {
            open = _limit.Open;
            if (++looks == 500)
                _inner.Close();
            return looks / 10;
        });

        await DisposeAsync(progress);

        Assert.Equal((false, 1, 0), (_inner.IsAborted, open, _limit.Open));
    }

    [Fact]
    public void No_more_connections_enter_than_there_are_places_nor_one_whose_descriptor_is_among_the_last()
    {
        for (int i = 0; i < 100; i++)
            Assert.True(_limit.TryEnter(300 + i, "kafka"));
        Assert.False(_limit.TryEnter(400, "kafka"));
        Assert.Equal(100, _limit.Open);

        _limit.Leave();
        Assert.False(_limit.TryEnter(65_520, "kafka"));
        Assert.True(_limit.TryEnter(65_519, "kafka"));
        Assert.Equal(100, _limit.Open);
    }

    public async ValueTask DisposeAsync()
    {
        _inner.Close();
        await _inner.DisposeAsync();
    }

    private Task DisposeAsync(SendProgress progress) =>
        _time.RunAsync(new LimitedConnection(_inner, _limit, progress, _time).DisposeAsync().AsTask());

    /// <summary>Closes when it is told to, or aborted.</summary>
    private sealed class ClosingConnection : DefaultConnectionContext
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAborted { get; private set; }

        public void Close() => _closed.TrySetResult();

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsAborted = true;
            Close();
        }

        public override async ValueTask DisposeAsync()
        {
            await _closed.Task;
            await base.DisposeAsync();
        }
    }
}
