using System.Buffers;
using System.IO.Pipelines;

namespace CloudStream.Http.Transport;

/// <summary>
/// What a client sends. A client that begins with HTTP/2, as it knows beforehand or believes, would get an answer that is none in its
/// protocol; it gets one, and then the end. And the end of what a client sends shows only when everything before it was looked at: a body
/// that comes together with it is whole, but the server would take it for one that was cut off.
/// </summary>
internal sealed class ClientBytes(IDuplexPipe connection) : PipeReader
{
    private readonly PipeReader _inner = connection.Input;
    private long _bytesBeforeEnd = -1;
    private bool _isKnown;
    private bool _isRefused;

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isRefused)
            _inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (!_isKnown)
            return ReadFirstAsync(cancellationToken);
        var read = _inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new(WithoutEnd(read.Result)) : ReadAsync(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (!_isKnown || !_inner.TryRead(out result))
            return false;
        result = WithoutEnd(result);
        return true;
    }

    private async ValueTask<ReadResult> ReadAsync(ValueTask<ReadResult> read) => WithoutEnd(await read);

    // Who takes nothing of it needs more, which will not come: then the end is told.
    private ReadResult WithoutEnd(ReadResult result)
    {
        if (!result.IsCompleted || result.Buffer.IsEmpty || result.Buffer.Length == _bytesBeforeEnd)
            return result;
        _bytesBeforeEnd = result.Buffer.Length;
        return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
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
                return WithoutEnd(result);
            }

            _inner.AdvanceTo(result.Buffer.Start);
            await Http2Refusal.AnswerAsync(connection, cancellationToken);
            _isRefused = true;
        }

        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }
}
