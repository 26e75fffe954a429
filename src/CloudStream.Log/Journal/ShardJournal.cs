using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>
/// A shard's journal as one process sees it: begins with the newest head's checkpoint, follows what is committed behind it, and commits by
/// compare-and-swap of the next slot. A view never goes back. Used by the committer alone.
/// </summary>
internal sealed class ShardJournal(int shard, JournalRing ring, BrokerStores stores, BrokerRuntime runtime)
{
    // Between two reads a checkpoint may be replaced and deleted; then a newer head names another one. The same head twice that leads to
    // something that is not there is damage; a few times more, for a store may be slow to tell.
    private const int MaxMissing = 3;

    private const int FirstRead = 4, LongestRead = 128, DirectoriesAtOnce = 16;

    private readonly string _family = ring.FamilyOf(shard);
    private readonly JournalReader _reader = new(shard, ring, stores.Metadata);

    // Bytes of the entries of each commit behind the checkpoint in use, oldest first.
    private readonly List<int> _tail = [];

    // Written again with each commit, so that a commit leaves nothing behind: a store that is done with a put has copied it.
    private readonly FormatWriter _value = new(1024);

    // Of the newest commit that is known; null while its slot has not been seen.
    private WriteId? _newestId = default(WriteId);
    private long _newestOfOthers;
    private bool _isLoaded;
    private bool _isFollowing;

    /// <summary>The newest committed state that is known here.</summary>
    public ShardState State { get; private set; } = ShardState.Empty(shard);

    /// <summary>Bytes of entries since the checkpoint in use.</summary>
    public long TailBytes { get; private set; }

    /// <summary>Bytes of the last checkpoint that was read from here; 0 for none.</summary>
    public int CheckpointBytes { get; private set; }

    /// <summary>The newest commit that did more than put a checkpoint into use.</summary>
    public long NewestChange { get; private set; }

    /// <summary>The newest commit that another process is known to have made. Read by others, too.</summary>
    public long NewestOfOthers
    {
        get => Volatile.Read(ref _newestOfOthers);
        private set => Volatile.Write(ref _newestOfOthers, value);
    }

    /// <summary>The ring.</summary>
    public JournalRing Ring => ring;

    /// <summary>Commits behind the checkpoint in use.</summary>
    public long Tail => State.Version - State.CheckpointVersion;

    private string Name => $"the journal of shard {shard}";

    /// <summary>
    /// Whether the writer of the newest commit owes a checkpoint: one does whose commit is a multiple of so many since the last one; past
    /// half a ring everyone does. What only puts a checkpoint into use is not worth another.
    /// </summary>
    /// <param name="lastBytes">Bytes of the last checkpoint that was written here.</param>
    public bool IsCheckpointDue(int lastBytes) =>
        NewestChange > State.CheckpointVersion
        && (Tail * 2 >= ring.Slots
            || (Tail % ring.DueCommits == 0 && TailBytes * 4 >= Math.Max(lastBytes, CheckpointBytes)));

    /// <summary>Reads and applies what this process has missed.</summary>
    /// <exception cref="StoreException">Corrupt: what is there makes no sense, or leads to something that is gone.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var missing = 0;
        while (true)
        {
            var covered = State.CheckpointVersion;
            try
            {
                if (!_isLoaded)
                    await JumpAsync(cancellationToken);
                _isLoaded = true;
                await FollowAsync(cancellationToken);
                _isFollowing = true;
                return;
            }
            catch (Exception e) when (e is not (StoreException or OperationCanceledException or OutOfMemoryException))
            {
                // Bytes that decode and make no sense: no state comes of them, and no other shard is to blame.
                throw new StoreException(StoreErrorKind.Corrupt, $"{Name} holds entries that make no sense", e);
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
            {
                // Where a checkpoint has moved on nothing is wrong: begin with it.
                missing = State.CheckpointVersion > covered ? 0 : missing + 1;
                if (missing == MaxMissing)
                    throw new StoreException(StoreErrorKind.Corrupt, $"{Name} refers to an object that does not exist", e);
                _isLoaded = false;
            }
        }
    }

    /// <summary>
    /// Whether the journal is as new as what the bucket holds of the shard. One that went back, as an old copy of the registers has, would
    /// be written anew from there, and what was committed since would look like nobody's.
    /// </summary>
    /// <exception cref="StoreException">Refused: it went back. Corrupt: it is gone.</exception>
    public async Task CheckAgainstBucketAsync(CancellationToken cancellationToken)
    {
        var newest = State.Version == 0
            ? await FindAsync("", static o => o.Born > 0, cancellationToken)
            : await FindAsync(ObjectRef.CheckpointsOf(shard), static _ => true, cancellationToken); // The first one is the newest.
        if (newest is not { } found || found.Born <= State.Version)
            return;
        await ReadAsync(cancellationToken); // Other brokers may have gone on meanwhile.
        if (State.Version == 0)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"{Name} is gone, but there are objects of it, such as {found.NameIn(shard)}");
        if (found.Born > State.Version)
            throw new StoreException(StoreErrorKind.Refused,
                $"{Name} ends at commit {State.Version}, but the object store holds a checkpoint of commit {found.Born}: the registers are "
                    + "older than the objects, as after an old registers.db was put back. Nothing was changed; put back the registers that "
                    + "belong to the objects");
    }

    /// <summary>Prepares the attempt to make <paramref name="entries"/> the next commit, which leads to <paramref name="next"/>.</summary>
    public JournalWrite Prepare(IReadOnlyList<Entry> entries, ShardState next)
    {
        _value.Clear();
        var bytes = JournalSlot.Write(_value, next, _newestId.GetValueOrDefault(), entries);
        var isChange = entries.Count > 1 || entries[0] is not CheckpointEntry;
        return new JournalWrite(RegisterKeys.SlotOf(_family, ring.SlotOf(next.Version)), ring.LapsBefore(next.Version), _value.Written,
            runtime.Random.NextWriteId(), next, bytes, isChange);
    }

    /// <summary>Tries once to commit what was prepared on the present state.</summary>
    /// <returns>Committed, Another or Lapped; <see cref="State"/> has moved only if it is committed.</returns>
    /// <exception cref="StoreException">As the store says; after Ambiguous ask <see cref="SettleAsync"/>.</exception>
    public async Task<Verdict> TryCommitAsync(JournalWrite write, CancellationToken cancellationToken)
    {
        var result = await stores.Metadata.PutAsync(write.Key, write.Value, write.LapsBefore, write.WriteId, cancellationToken);
        return result.Succeeded ? Accept(write) : Judge(write, result.Version, result.Current);
    }

    /// <summary>Reads what became of an attempt whose reply was lost.</summary>
    public async Task<Verdict> SettleAsync(JournalWrite write, CancellationToken cancellationToken)
    {
        var current = await stores.Metadata.GetAsync(write.Key, cancellationToken);
        return current is null && write.LapsBefore == 0 ? Verdict.Absent : Judge(write, current?.Version ?? 0, current);
    }

    private Verdict Judge(JournalWrite write, long version, Register? current)
    {
        if (version < write.LapsBefore || (current is null && version > 0))
            throw new StoreException(StoreErrorKind.Corrupt,
                $"register {write.Key} stands at version {version} where {Name} has come to {write.LapsBefore}: the registers went back");
        if (version == write.LapsBefore)
            return Verdict.Absent;
        if (version > write.LapsBefore + 1)
            return Verdict.Lapped;
        return current!.WriteId == write.WriteId ? Accept(write) : Verdict.Another;
    }

    private Verdict Accept(JournalWrite write)
    {
        Keep(write.Next, write.WriteId, write.EntryBytes, write.IsChange);
        return Verdict.Committed;
    }

    // Who was lapped begins again with the newest head. That it leads nowhere, time and again, is damage.
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var (known, laps) = (State.Version, 0);
        while (!await TryFollowAsync(cancellationToken))
        {
            (known, laps) = State.Version > known ? (State.Version, 0) : (known, laps + 1);
            if (laps == MaxMissing)
                throw new StoreException(StoreErrorKind.Corrupt,
                    $"{Name} does not hold commit {State.Version + 1} any more, and no checkpoint does");
            await JumpAsync(cancellationToken);
        }
    }

    // Begins with the newest head: its checkpoint, unless more is known already.
    private async Task JumpAsync(CancellationToken cancellationToken)
    {
        var top = await _reader.FindNewestAsync(cancellationToken);
        var version = top?.Version ?? 0;
        if (version < State.Version)
            throw new StoreException(StoreErrorKind.Corrupt, $"{Name} ends at commit {version}, and had come to {State.Version}");
        if (top is not { Commit.Head: { Checkpoint: { } checkpoint } head } || head.CheckpointVersion <= State.Version)
            return;
        var state = await ReadCheckpointAsync(checkpoint, cancellationToken);
        if (state.Version != head.CheckpointVersion)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"{checkpoint.NameIn(shard)} holds version {state.Version}, and {Name} says {head.CheckpointVersion}");
        State = state;
        _newestId = null;
        _tail.Clear();
        TailBytes = 0;
    }

    // False when the next commit's slot has been lapped.
    private async Task<bool> TryFollowAsync(CancellationToken cancellationToken)
    {
        for (var count = FirstRead; ; count = Math.Min(count * 4, LongestRead))
        {
            // Of the commit whose state a checkpoint holds the write id is wanted: the next one names it.
            var from = _newestId is null ? State.Version : State.Version + 1;
            var (found, isEnd) = await _reader.ReadFromAsync(from, count, cancellationToken);
            if (_newestId is null && found is [var own, ..] && own.Version == from)
            {
                _newestId = own.WriteId;
                found.RemoveAt(0);
            }
            else if (_newestId is null)
            {
                return false; // Its slot has been lapped, so a later checkpoint covers it.
            }

            if (found.Count > 0 && found[0].Version != State.Version + 1)
                return false;
            await ApplyAsync(found, cancellationToken);
            if (isEnd)
                return true;
        }
    }

    private async Task ApplyAsync(List<ReadSlot> slots, CancellationToken cancellationToken)
    {
        var commits = slots.ConvertAll(s => (Slot: s, Entries: s.Commit.Decode()));
        var pointed = commits.SelectMany(c => c.Entries).OfType<FlushEntry>().Where(f => f.Pointer is not null).ToList();
        var directories = pointed.Count == 0 ? null : await ReadDirectoriesAsync(pointed, cancellationToken);
        var large = commits.SelectMany(c => c.Entries).OfType<ObjectEntry>().ToList();
        var contents = large.Count == 0 ? null : await ReadContentsAsync(large, cancellationToken);
        foreach (var (slot, entries) in commits)
        {
            if (_newestId is { } previous && slot.Commit.Previous != previous)
                throw new StoreException(StoreErrorKind.Corrupt,
                    $"{Name} is forked: commit {slot.Version} was written behind another commit {slot.Version - 1} than is known here");
            var state = State with { Version = slot.Version };
            foreach (var entry in entries)
                state = ShardTransition.Apply(state, slot.Version, contents?.GetValueOrDefault(entry) ?? entry,
                    directories?.GetValueOrDefault(entry) ?? []);
            if (JournalHead.Of(state) != slot.Commit.Head)
                throw new StoreException(StoreErrorKind.Corrupt,
                    $"the head of commit {slot.Version} in {Name} is not what its entries lead to");
            Keep(state, slot.WriteId, slot.Commit.Entries.Length, entries.Any(e => e is not CheckpointEntry));
            if (_isFollowing)
                NewestOfOthers = slot.Version;
        }
    }

    // Side by side: each is a request of its own.
    private async Task<Dictionary<Entry, ImmutableArray<SegmentItem>>> ReadDirectoriesAsync(
        List<FlushEntry> flushes, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Entry, ImmutableArray<SegmentItem>>(ReferenceEqualityComparer.Instance);
        foreach (var some in flushes.Chunk(DirectoriesAtOnce))
        {
            var reads = Array.ConvertAll(some, f => SegmentDirectoryReader.ReadFlushAsync(
                stores.Objects, f.Object.NameIn(shard), f.Pointer!.Value, cancellationToken).AsTask());
            for (var i = 0; i < some.Length; i++)
                found.Add(some[i], (await reads[i]).Items);
        }

        return found;
    }

    // Likewise: what lies in an object of its own because it is too large for its slot.
    private async Task<Dictionary<Entry, Entry>> ReadContentsAsync(List<ObjectEntry> large, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Entry, Entry>(ReferenceEqualityComparer.Instance);
        foreach (var some in large.Chunk(DirectoriesAtOnce))
        {
            var reads = Array.ConvertAll(some, e => ReadContentAsync(e, cancellationToken));
            for (var i = 0; i < some.Length; i++)
                found.Add(some[i], some[i] with { Content = await reads[i] });
        }

        return found;
    }

    private async Task<Entry> ReadContentAsync(ObjectEntry entry, CancellationToken cancellationToken)
    {
        var name = entry.Object.NameIn(shard);
        var bytes = new byte[entry.Bytes];
        var read = await stores.Objects.GetRangeAsync(name, 0, bytes, cancellationToken);
        return EntryObjectCodec.Decode(bytes.AsSpan(0, read), name);
    }

    private async Task<ShardState> ReadCheckpointAsync(ObjectRef checkpoint, CancellationToken cancellationToken)
    {
        var name = checkpoint.NameIn(shard);
        var bytes = new byte[await stores.Objects.GetSizeAsync(name, cancellationToken)];
        var read = await stores.Objects.GetRangeAsync(name, 0, bytes, cancellationToken);
        CheckpointBytes = read;
        return CheckpointCodec.Decode(bytes.AsSpan(0, read), name);
    }

    private void Keep(ShardState state, WriteId id, int entryBytes, bool isChange)
    {
        _tail.Add(entryBytes);
        TailBytes += entryBytes;
        if (_tail.Count - (int)(state.Version - state.CheckpointVersion) is > 0 and var covered)
        {
            for (var i = 0; i < covered; i++)
                TailBytes -= _tail[i];
            _tail.RemoveRange(0, covered);
        }

        (State, _newestId) = (state, id);
        if (isChange)
            NewestChange = state.Version;
    }

    private async Task<ObjectRef?> FindAsync(string prefix, Func<ObjectRef, bool> isWanted, CancellationToken cancellationToken)
    {
        await foreach (var info in stores.Objects.ListAsync(prefix, cancellationToken))
        {
            if (ObjectRef.TryParse(info.Name, out var number, out var reference) && number == shard && isWanted(reference))
                return reference;
        }

        return null;
    }
}
