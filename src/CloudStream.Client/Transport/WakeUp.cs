using System.Threading.Channels;

namespace CloudStream.Client.Transport;

/// <summary>Wakes one waiting loop; signals that come before it waits are one signal. Any thread may signal.</summary>
internal sealed class WakeUp
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Signal() => _signals.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellationToken = default) => await _signals.Reader.ReadAsync(cancellationToken);
}
