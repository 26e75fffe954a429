using System.IO.Pipelines;
using System.Net;
using CloudStream.Cluster.Faces;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace CloudStream.Cli.Serve;

/// <summary>
/// A connection that gives its place back when its socket is closed. That is long after it has ended where the client does not take the
/// rest of its answer; a client that takes nothing of it is not waited for.
/// </summary>
internal sealed class LimitedConnection(ConnectionContext inner, ConnectionLimit limit, SendProgress progress, TimeProvider time)
    : ConnectionContext
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private int _isDisposed;

    public LimitedConnection(ConnectionContext inner, ConnectionLimit limit)
        : this(inner, limit, new SendProgress(TimeProvider.System, inner.Features.Get<IConnectionSocketFeature>()?.Socket),
            TimeProvider.System)
    {
    }

    public override string ConnectionId
    {
        get => inner.ConnectionId;
        set => inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => inner.Items;
        set => inner.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => inner.Transport;
        set => inner.Transport = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => inner.ConnectionClosed;
        set => inner.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => inner.LocalEndPoint;
        set => inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => inner.RemoteEndPoint;
        set => inner.RemoteEndPoint = value;
    }

    public override void Abort() => inner.Abort();

    public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            await CloseAsync();
        await base.DisposeAsync();
    }

    private async Task CloseAsync()
    {
        try
        {
            Task closing = inner.DisposeAsync().AsTask();
            if (!closing.IsCompleted)
                await WatchAsync(closing);
            await closing;
        }
        finally
        {
            limit.Leave();
        }
    }

    private async Task WatchAsync(Task closing)
    {
        const int theRest = 1;
        while (true)
        {
            using var isClosed = new CancellationTokenSource();
            if (await Task.WhenAny(closing, Task.Delay(s_interval, time, isClosed.Token)) == closing)
            {
                await isClosed.CancelAsync();
                return;
            }

            if (progress.HasStalled(theRest, s_patience))
                inner.Abort(new ConnectionAbortedException("the client takes nothing of the rest of its answer"));
        }
    }
}
