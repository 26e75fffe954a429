using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CloudStream.Cli.Serve;

/// <summary>
/// Listeners whose connections all take a place of one <see cref="ConnectionLimit"/>. One that gets none is told so where its protocol can
/// say it before anything is asked, and closed at once otherwise; those that are there are not disturbed.
/// </summary>
/// <param name="inner">Makes the listeners.</param>
/// <param name="limit">Gives the places.</param>
/// <param name="http">Where HTTP is spoken.</param>
internal sealed class LimitedListeners(IConnectionListenerFactory inner, ConnectionLimit limit, EndPoint http) : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken), limit, endpoint.Equals(http));

    private sealed class Listener(IConnectionListener inner, ConnectionLimit limit, bool isHttp) : IConnectionListener
    {
        private readonly Refusals _refusals = new(limit);

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (limit.TryEnter(DescriptorOf(connection), isHttp ? "http" : "kafka"))
                    return new LimitedConnection(connection, limit);
                await _refusals.RefuseAsync(connection, isHttp);
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await _refusals.DisposeAsync();
        }

        private static long DescriptorOf(ConnectionContext connection) =>
            connection.Features.Get<IConnectionSocketFeature>()?.Socket.Handle is { } handle && !OperatingSystem.IsWindows() ? handle : 0;
    }
}
