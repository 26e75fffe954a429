using System.Buffers;
using System.IO.Pipelines;

namespace CloudStream.Http.Transport;

/// <summary>What a client sends. A client that begins with HTTP/2, as it knows beforehand or believes, would get an answer that is none in its protocol; it gets one, and then the end.</summary>
internal sealed class ClientBytes(IDuplexPipe connection) : PipeReader
{
    private readonly PipeReader _inner = connection.Input;
    private bool _isKnown;
    private bool _isRefused;

    public override void AdvanceTo(SequencePosition consumed)
    {
        if (!_isRefused)
            _inner.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isRefused)
            _inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _isKnown ? _inner.ReadAsync(cancellationToken) : ReadFirstAsync(cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        if (_isKnown)
            return _inner.TryRead(out result);
        result = default;
        return false;
    }

    private async ValueTask<ReadResult> ReadFirstAsync(CancellationToken cancellationToken)
    {
        while (!_isRefused)
        {
            var result = await _inner.ReadAsync(cancellationToken);
            var start = Http2Refusal.StartOf(result.Buffer);
            if (start == Http2Start.Perhaps && !result.IsCompleted && !result.IsCanceled)
            {
                _inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            if (start != Http2Start.Yes)
            {
                _isKnown = !result.Buffer.IsEmpty;
                return result;
            }

            _inner.AdvanceTo(result.Buffer.Start);
            await Http2Refusal.AnswerAsync(connection, cancellationToken);
            _isRefused = true;
        }

        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }
}
