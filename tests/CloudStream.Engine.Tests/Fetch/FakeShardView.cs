using CloudStream.Log.Flushes;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>The same shard as seen by a process that has not noticed the latest commits.</summary>
internal sealed class FakeShardView(FakeShard shard, ShardState known) : IShardLog
{
    public StoreException? Unreadable => null;

    public int Number => shard.Number;

    public ShardState State { get; private set; } = known;

    public TailMemory Tail { get; } = new(0);

    public long NewestOfOthers => 0;

    public ChangeSignal Changes { get; } = new();

    public long Ask() => 0;

    public bool IsProven(long question) => true;

    public ValueTask ProveAsync(long question, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken) =>
        State = await shard.RefreshAsync(cancellationToken);
}
