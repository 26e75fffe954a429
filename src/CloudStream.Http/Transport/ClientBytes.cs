using System.Buffers;
using System.IO.Pipelines;
using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Http.Transport;

/// <summary>
/// What a client sends. A client that begins with HTTP/2, as it knows beforehand or believes, would get an answer that is none in its
/// protocol; it gets one, and then the end. And the end of what a client sends shows only when everything before it was looked at: a body
/// that comes together with it is whole, but the server would take it for one that was cut off. One that is cut off ends with a fault of
/// the reading: told of the end, the server would reset the connection before who reads the body can answer. And where the application
/// stops, half a request head is answered, for which the server would only wait.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="answers">What is sent on it.</param>
/// <param name="turn">Whose turn it is.</param>
/// <param name="isOpen">Whether the client may still read: it has sent its last byte, but not reset the connection.</param>
/// <param name="stopping">Signalled when the application stops.</param>
internal sealed class ClientBytes(
    IDuplexPipe connection, AnswerBytes answers, RequestTurn turn, Func<bool> isOpen, CancellationToken stopping) : PipeReader
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
        if (!_isKnown || _isRefused)
            return ReadFirstAsync(cancellationToken);
        var read = _inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? AfterAsync(Look(read.Result)) : ReadAsync(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (!_isKnown || _isRefused || !_inner.TryRead(out result))
            return false;
        result = Look(result);
        if (!IsCut(result))
            return true;
        GiveBack(result);
        result = default;
        return false;
    }

    private async ValueTask<ReadResult> ReadAsync(ValueTask<ReadResult> read) => await AfterAsync(Look(await read));

    private ValueTask<ReadResult> AfterAsync(ReadResult result)
    {
        if (IsStopped(result))
            return RefuseAsync(result);
        if (!IsCut(result))
            return new(result);
        GiveBack(result);
        turn.Cut();
        return ValueTask.FromException<ReadResult>(new ConnectionAbortedException("the client has closed in the middle of a body"));
    }

    // A body is not whole, and the server wants the rest. Who has reset the connection does not read, and is gone for the server, too.
    private bool IsCut(in ReadResult result) => result.IsCompleted && turn.MayBeInBody && isOpen();

    private void GiveBack(in ReadResult result) => _inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);

    // The server wakes who reads when it stops.
    private bool IsStopped(in ReadResult result) =>
        result.IsCanceled && turn.HasHead && stopping.IsCancellationRequested;

    private async ValueTask<ReadResult> RefuseAsync(ReadResult result)
    {
        _inner.AdvanceTo(result.Buffer.End);
        await StopAnswer.WriteAsync(connection.Output);
        answers.End();
        _isRefused = true;

        // The server takes what is missing for a fault and resets the connection: not before the answer has gone out.
        await connection.Output.CompleteAsync();
        bool isClosed;
        do
        {
            var rest = await _inner.ReadAsync();
            isClosed = rest.IsCompleted;
            _inner.AdvanceTo(rest.Buffer.End);
        }
        while (!isClosed);
        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }

    private ReadResult Look(ReadResult result)
    {
        turn.Read(!result.Buffer.IsEmpty);
        return WithoutEnd(result);
    }

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
                return await AfterAsync(Look(result));
            }

            _inner.AdvanceTo(result.Buffer.Start);
            await Http2Refusal.AnswerAsync(connection, cancellationToken);
            _isRefused = true;
        }

        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }
}
