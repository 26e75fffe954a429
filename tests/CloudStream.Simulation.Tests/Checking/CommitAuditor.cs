using System.Collections.Immutable;
using System.Text;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Records;
using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Simulation.Tests.Stores;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Simulation.Tests.Checking;

/// <summary>
/// Stands beside the stores: follows every write of a shard's journal the moment it takes effect, without any cache, and knows so at every
/// moment what is committed, what is referred to, and what every committed record says.
/// </summary>
internal sealed class CommitAuditor
{
    private readonly Scheduler _scheduler;
    private readonly ObjectShelf _shelf;
    private readonly Action<string> _count;
    private readonly Dictionary<int, ShardState> _states = [];
    private readonly Dictionary<int, List<JournalSlot>> _tails = [];
    private readonly Dictionary<int, WriteId> _newest = [];
    private readonly HashSet<ObjectRef> _committed = [];
    private readonly Dictionary<PartitionId, CommittedLog> _logs = [];

    public CommitAuditor(Scheduler scheduler, ObjectShelf shelf, Action<string> count)
    {
        (_scheduler, _shelf, _count) = (scheduler, shelf, count);
        shelf.Deleting = CheckDeletion;
    }

    /// <summary>The newest committed states.</summary>
    public IEnumerable<ShardState> States => _states.Values;

    /// <summary>Hears of each commit: the state before and after it.</summary>
    public Action<ShardState, ShardState>? Stepped { get; set; }

    /// <summary>Commits so far.</summary>
    public long Commits { get; private set; }

    /// <summary>What is committed of a partition.</summary>
    public CommittedLog LogOf(PartitionId partition)
    {
        if (!_logs.TryGetValue(partition, out var log))
            _logs.Add(partition, log = new CommittedLog());
        return log;
    }

    /// <summary>The rings' rules.</summary>
    public JournalRing Ring { get; set; } = new("", JournalRing.DefaultSlots);

    /// <summary>A register was written.</summary>
    public void Written(Register register)
    {
        if (!JournalRing.TryParse(register.Key, out var cluster, out var shard, out _))
            return;
        var (ring, slot) = (Ring with { Cluster = cluster }, JournalSlot.Decode(register));
        var before = _states.GetValueOrDefault(shard) ?? ShardState.Empty(shard);
        if (slot.Version != before.Version + 1 || register.Key != ring.KeyOf(shard, slot.Version)
            || register.Version != ring.LapsBefore(slot.Version) + 1)
            throw new ViolationException("register",
                $"shard {shard} has come to commit {before.Version}, and {register.Key} got commit {slot.Version} in version "
                    + $"{register.Version}");
        if (slot.Previous != _newest.GetValueOrDefault(shard))
            throw new ViolationException("register",
                $"commit {slot.Version} of shard {shard} was written behind another one than there is");
        var entries = slot.Decode();
        CheckRoom(ring, before, slot, entries);
        var state = entries.Aggregate(before, (s, entry) => Apply(s, slot.Version, entry));
        if (JournalHead.Of(state) != slot.Head)
            throw new ViolationException("register", $"the head of commit {slot.Version} of shard {shard} is not that of its state");
        if (slot.Version > ring.Slots && ring.SlotOf(slot.Version) == 0)
            _count("lap");
        if (!_tails.TryGetValue(shard, out var tail))
            _tails.Add(shard, tail = []);
        tail.RemoveAll(c => c.Version <= state.CheckpointVersion);
        tail.Add(slot);
        (_states[shard], _newest[shard]) = (state, register.WriteId);
        Commits++;
        CheckStep(before, state);
        Stepped?.Invoke(before, state);
    }

    private static void CheckRoom(JournalRing ring, ShardState before, JournalSlot slot, ImmutableArray<Entry> entries)
    {
        var free = ring.FreeBehind(slot.Version, before.CheckpointVersion);
        if (free < 0)
            throw new ViolationException("checkpoint before lap",
                $"commit {slot.Version} of shard {before.Shard} overwrites commit {slot.Version - ring.Slots}, and the checkpoint in use "
                    + $"is of {before.CheckpointVersion}");
        var needed = entries.All(e => e is CheckpointEntry) ? 0
            : entries.All(e => e is CheckpointEntry or HolderEntry or HorizonEntry) ? 1 : ring.Reserve;
        if (free < needed)
            throw new ViolationException("reserve",
                $"commit {slot.Version} of shard {before.Shard} leaves {free} slots, and a {entries[^1].GetType().Name} must leave "
                    + $"{needed}");
    }

    /// <summary>Objects that nothing refers to, not even the trash.</summary>
    public List<string> Orphans()
    {
        var known = _states.Values.SelectMany(s => Referenced(s, withTrash: true)).ToHashSet();
        return [.. _shelf.Names.Where(n => !known.Contains(n))];
    }

    /// <summary>Whether the newest state finds this offset in a damaged object.</summary>
    public bool IsDamaged(PartitionId id, long offset)
    {
        var state = _states.Values.First(s => s.Find(id) is not null);
        return Find(state, state.Find(id)!, offset) is { } slice && _shelf.Damaged.ContainsKey(slice.Object.NameIn(state.Shard));
    }

    /// <summary>The offset, or the first one behind it that nobody has given up.</summary>
    public long SkipLosses(PartitionId id, long offset) =>
        _states.Values.Select(s => s.Find(id)).First(p => p is not null)!.SkipLosses(offset);

    /// <summary>A place within the records of some live object; null when there is none.</summary>
    public (string Name, long Position)? DrawRecordByte(Random random)
    {
        var live = _states.Values.SelectMany(
            s => s.Objects.Values.Where(o => !o.IsSlot).Select(o => (Name: o.Object.NameIn(s.Shard), o.Bytes))).OrderBy(
                o => o.Name, StringComparer.Ordinal).ToList();
        if (live.Count == 0)
            return null;
        var (name, bytes) = live[random.Next(live.Count)];
        return (name, SegmentLayout.HeaderBytes + random.NextInt64(bytes));
    }

    private Slice? Find(ShardState state, PartitionState partition, long offset) => offset < partition.RecentBaseOffset
        ? FindInPages(state.Shard, partition.Pages, offset)
        : partition.FindRecent(offset) is var index && index < partition.Recent.Count ? partition.Recent[index] : null;

    // Only what lies in a slice in which a bit was flipped can be given up.
    private void CheckLoss(ShardState state, LossAcceptedEntry loss)
    {
        if (!state.Partitions.TryGetValue(loss.Slot, out var partition))
            return;
        for (var offset = Math.Max(loss.BaseOffset, partition.LogStartOffset); offset < Math.Min(loss.EndOffset, partition.EndOffset);
            offset++)
        {
            if (partition.SkipLosses(offset) > offset)
                continue;
            if (Find(state, partition, offset) is not { } slice
                || !_shelf.Damaged.TryGetValue(slice.Object.NameIn(state.Shard), out var flipped)
                || flipped < slice.Position || flipped >= slice.Position + slice.Bytes)
                throw new ViolationException("only losses are accepted",
                    $"offset {offset} of {partition.Id} is given up by {loss.By} and can be read");
        }
    }

    private Slice? FindInPages(int shard, ImmutableArray<PageRef> pages, long offset)
    {
        if (pages.FirstOrDefault(p => p.BaseOffset <= offset && offset < p.EndOffset) is not { EndOffset: > 0 } found)
            return null;
        var page = new PageStore(_shelf.Memory, shard).ReadAsync(found.Page, CancellationToken.None).Result;
        return page.Level > 0
            ? FindInPages(shard, page.Pages, offset)
            : page.Slices.First(s => s.BaseOffset <= offset && offset < s.EndOffset);
    }

    private ShardState Apply(ShardState state, long version, Entry entry)
    {
        _count(entry is FlushEntry { Pointer: not null } ? "flush with its directory in the object" : entry.GetType().Name);
        if (entry is HolderEntry holder)
            _count(holder.Holder is null ? "hand-over" : state.Holder is null ? "lease taken" : "take-over");
        if (entry is LossAcceptedEntry loss)
            CheckLoss(state, loss);
        if (entry is ObjectEntry large)
            entry = large with { Content = Read(state, version, large) };
        return entry switch
        {
            FlushEntry flush => Apply(state, version, flush),
            InlineFlushEntry flush => Apply(state, version, flush),
            CheckpointEntry checkpoint => Apply(state, version, checkpoint),
            _ => ShardTransition.Apply(state, version, entry),
        };
    }

    private ShardState Apply(ShardState state, long version, InlineFlushEntry flush)
    {
        var outcomes = new List<ItemOutcome>();
        var next = ShardTransition.Apply(state, version, flush, outcomes: outcomes);
        Record(state, $"commit {version}", flush.Records.Items, outcomes,
            (position, length) => flush.Records.Bytes.Slice((int)position - SegmentLayout.HeaderBytes, length).ToArray());
        return next;
    }

    // Behind it the slots that it covers may be written again.
    private ShardState Apply(ShardState state, long version, CheckpointEntry checkpoint)
    {
        var next = ShardTransition.Apply(state, version, checkpoint);
        if (next.Inline.Find(f => f.Object.Born <= next.CheckpointVersion) is { } left)
            throw new ViolationException("records are spilled",
                $"the checkpoint of {next.CheckpointVersion} that version {version} of shard {state.Shard} puts into use leaves "
                    + $"{left.Object.NameIn(state.Shard)} in its slot");
        if (checkpoint.Spill is not { } spill || !next.Objects.ContainsKey(spill.Object))
            return next;
        _count("spill");
        var name = spill.Object.NameIn(state.Shard);
        foreach (var partition in next.Partitions.Values)
        {
            foreach (var slice in partition.Recent.Where(s => s.Object == spill.Object))
            {
                var values = BatchValues.Of(Read(name, slice.Position, (int)slice.Bytes));
                var log = LogOf(partition.Id);
                if (values.Count != slice.EndOffset - slice.BaseOffset || values.Where((v, i) => log[slice.BaseOffset + i] != v).Any())
                    throw new ViolationException("records are spilled",
                        $"{name} holds other records at {slice.Position} than offsets {slice.BaseOffset} to {slice.EndOffset} of "
                            + $"{partition.Id}");
            }
        }

        return next;
    }

    private byte[] Read(string name, long position, int length)
    {
        var bytes = new byte[length];
        return bytes[.._shelf.Memory.GetRangeAsync(name, position, bytes, CancellationToken.None).Result];
    }

    private ShardState Apply(ShardState state, long version, FlushEntry flush)
    {
        var name = flush.Object.NameIn(state.Shard);
        if (!_shelf.Contains(name))
            throw new ViolationException("object before commit",
                $"version {version} of shard {state.Shard} commits {name}, which is not in the store");
        if (!_committed.Add(flush.Object))
            throw new ViolationException("object referenced once", $"version {version} of shard {state.Shard} commits {name} again");
        var items = flush.Pointer is { } pointer
            ? SegmentDirectoryReader.ReadFlushAsync(_shelf.Memory, name, pointer, CancellationToken.None).Result.Items
            : flush.Items;
        var outcomes = new List<ItemOutcome>();
        var next = ShardTransition.Apply(state, version, flush, items, outcomes);
        Record(state, name, items, outcomes, (position, length) => Read(name, position, length));
        return next;
    }

    private Entry Read(ShardState state, long version, ObjectEntry large)
    {
        var name = large.Object.NameIn(state.Shard);
        if (!_shelf.Contains(name))
            throw new ViolationException("object before commit",
                $"version {version} of shard {state.Shard} commits {name}, which is not in the store");
        if (!_committed.Add(large.Object))
            throw new ViolationException("object referenced once", $"version {version} of shard {state.Shard} commits {name} again");
        var bytes = new byte[large.Bytes];
        var read = _shelf.Memory.GetRangeAsync(name, 0, bytes, CancellationToken.None).Result;
        return EntryObjectCodec.Decode(bytes.AsSpan(0, read), name);
    }

    private void Record(ShardState state, string name, ImmutableArray<SegmentItem> items, List<ItemOutcome> outcomes,
        Func<long, int, byte[]> read)
    {
        long position = SegmentLayout.HeaderBytes;
        for (var i = 0; i < items.Length; position += items[i++].Bytes)
        {
            if (outcomes[i].Error != ErrorCode.None || outcomes[i].Duplicate)
                continue;
            var log = LogOf(state.Partitions[items[i].Slot].Id);
            var values = BatchValues.Of(read(position, items[i].Bytes));
            if (values.Count != items[i].Records || log.End != outcomes[i].BaseOffset)
                throw new ViolationException("no gap",
                    $"{name} holds {values.Count} of {items[i].Records} records at offset {outcomes[i].BaseOffset}; the log ended "
                        + $"at {log.End}");
            if (_scheduler.Trace.KeepsLines)
                _scheduler.Trace.Note(_scheduler.Now, "world", "commits", $"{log.End} of p{state.Partitions[items[i].Slot].Id.Index}",
                    $"{string.Join(' ', values)} in commit {state.Version + 1} of shard {state.Shard}, {name}");
            log.Append(values, _scheduler.Now);
        }
    }

    private void CheckStep(ShardState before, ShardState after)
    {
        foreach (var (slot, partition) in after.Partitions)
        {
            if (before.Partitions.TryGetValue(slot, out var old)
                && (partition.EndOffset < old.EndOffset || partition.LogStartOffset < old.LogStartOffset))
                throw new ViolationException("watermark",
                    $"{partition.Id} went from {old.LogStartOffset}..{old.EndOffset} to {partition.LogStartOffset}..{partition.EndOffset}");
            if (before.Partitions.TryGetValue(slot, out old) && ReferenceEquals(old, partition))
                continue;
            var next = partition.Pages.IsEmpty ? partition.RecentBaseOffset : partition.Pages[0].BaseOffset;
            if (next > partition.LogStartOffset)
                throw new ViolationException("no gap", $"{partition.Id} begins at {partition.LogStartOffset}, its index at {next}");
            foreach (var (start, end) in partition.Pages.Select(p => (p.BaseOffset, p.EndOffset)).Concat(
                partition.Recent.Select(s => (s.BaseOffset, s.EndOffset))))
            {
                if (start != next)
                    throw new ViolationException("no gap", $"the index of {partition.Id} jumps from {next} to {start}");
                next = end;
            }

            if (next != partition.EndOffset)
                throw new ViolationException("no gap", $"the index of {partition.Id} ends at {next}, the log at {partition.EndOffset}");
        }

        if (after.Checkpoint is { } checkpoint && after.Checkpoint != before.Checkpoint && !_shelf.Contains(checkpoint.NameIn(after.Shard)))
            throw new ViolationException("object before commit", $"checkpoint {checkpoint.NameIn(after.Shard)} is not in the store");
        foreach (var live in after.Objects.Keys.Where(o => o.Kind != ObjectKind.Slot))
        {
            if (!before.Objects.ContainsKey(live) && !_shelf.Contains(live.NameIn(after.Shard)))
                throw new ViolationException("object before commit", $"{live.NameIn(after.Shard)} is not in the store");
        }
    }

    private void CheckDeletion(IReadOnlyCollection<string> names)
    {
        foreach (var shard in names.Select(ShardOf).Distinct().Where(_states.ContainsKey).ToList())
        {
            var referenced = Referenced(_states[shard], withTrash: false);
            foreach (var entry in _tails[shard].SelectMany(c => c.Decode()))
            {
                if (entry is FlushEntry { Pointer: not null } flush)
                    referenced.Add(flush.Object.NameIn(shard));
                else if (entry is ObjectEntry large)
                    referenced.Add(large.Object.NameIn(shard));
            }

            if (names.FirstOrDefault(referenced.Contains) is { } lost)
                throw new ViolationException("referenced objects stay",
                    $"{lost} is deleted while version {_states[shard].Version} of shard {shard} refers to it");
        }
    }

    private static int ShardOf(string name) => ObjectRef.TryParse(name, out var shard, out _) ? shard : -1;

    private HashSet<string> Referenced(ShardState state, bool withTrash)
    {
        var found = new HashSet<ObjectRef>(state.Objects.Keys);
        if (state.Checkpoint is { } checkpoint)
            found.Add(checkpoint);
        foreach (var page in state.Partitions.Values.SelectMany(p => p.Pages.Select(page => (p.LogStartOffset, Page: page))))
            AddTree(found, state.Shard, page.Page.Page, withTrash ? 0 : page.LogStartOffset);
        foreach (var item in withTrash ? state.Trash : [])
        {
            found.Add(item.Object);
            if (item.Kind == TrashKind.PageTree)
                AddTree(found, state.Shard, item.Object, 0);
            else if (item.Kind == TrashKind.InputsOf && _shelf.Contains(item.Object.NameIn(state.Shard)))
                found.UnionWith(SegmentDirectoryReader.ReadMergeAsync(
                    _shelf.Memory, item.Object.NameIn(state.Shard), CancellationToken.None).Result.Inputs);
        }

        return [.. found.Select(o => o.NameIn(state.Shard))];
    }

    private void AddTree(HashSet<ObjectRef> found, int shard, ObjectRef root, long logStart)
    {
        found.Add(root);
        if (!_shelf.Contains(root.NameIn(shard)))
            return;
        var page = new PageStore(_shelf.Memory, shard).ReadAsync(root, CancellationToken.None).Result;
        found.UnionWith(page.Slices.Where(s => s.EndOffset > logStart).Select(s => s.Object));
        foreach (var below in page.Pages.Where(p => p.EndOffset > logStart))
            AddTree(found, shard, below.Page, logStart);
    }
}
