using System.Buffers;
using System.IO.Pipelines;
using CloudStream.Log.Memory;

namespace CloudStream.Kafka.Connections;

/// <summary>Through the connection's pipe, which copies and may encrypt.</summary>
internal sealed class PipeSink(PipeWriter output) : IAnswerSink
{
    private const int FlushBytes = SocketBlocks.SendAheadBytes;

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlySequence<byte> answer)
    {
        while (!answer.IsEmpty)
        {
            var part = answer.Slice(0, Math.Min(answer.Length, FlushBytes));
            foreach (var piece in part)
                output.Write(piece.Span);
            answer = answer.Slice(part.End);
            var flush = await output.FlushAsync();
            if (flush.IsCompleted || flush.IsCanceled)
                throw new IOException("the client does not read any more");
        }
    }
}
