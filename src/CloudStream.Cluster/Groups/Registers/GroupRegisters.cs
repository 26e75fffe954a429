using CloudStream.Cluster.Registers;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>Reads and changes group registers. Names have been checked by the caller. Thread-safe.</summary>
internal sealed class GroupRegisters(SettledRegisters registers, RandomSource random)
{
    /// <summary>The largest value that is written: room is left below the stores' limit for what other versions may add.</summary>
    public const int MaxBytes = 320 * 1024;

    // Each lost race means that somebody else's change took effect.
    private const int MaxRaces = 64;

    /// <summary>A strong read; null for a group that does not exist.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async ValueTask<KnownGroup?> ReadAsync(string groupId, CancellationToken cancellationToken) =>
        From(groupId, await registers.GetAsync(KeyOf(groupId), cancellationToken));

    /// <summary>All groups, each read strongly. One that cannot be decoded comes without a value.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async ValueTask<List<(string GroupId, KnownGroup? Group)>> ListAsync(CancellationToken cancellationToken)
    {
        var groups = new List<(string, KnownGroup?)>();
        foreach (var register in await registers.ListAsync(GroupKeys.Prefix, cancellationToken))
        {
            // A register that cannot be decoded does not tell a name that only it holds.
            var id = GroupKeys.IsHash(register.Key) ? register.Key[GroupKeys.Prefix.Length..] : GroupKeys.IdOf(register.Key);
            try
            {
                var group = GroupRegisterCodec.Decode(register.Value, register.Key);
                id = group.LongName ?? id;
                groups.Add((id, new KnownGroup(id, group, register.Version)));
            }
            catch (StoreException e) when (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.Refused)
            {
                groups.Add((id, null));
            }
        }

        return groups;
    }

    /// <summary>
    /// Changes a group's register. <paramref name="apply"/> runs with the newest value (one that does not exist yet is
    /// <see cref="GroupRegister.New"/>), again after each lost race, and gives back null to change nothing.
    /// </summary>
    /// <param name="groupId">The group.</param>
    /// <param name="seen">What the caller knows of the register; null to read it first.</param>
    /// <param name="apply">The change, free of side effects that a second run would not undo.</param>
    /// <param name="cancellationToken">Abandons the wait; the outcome is then unknown.</param>
    /// <returns>The register after the change, or as it is where nothing was changed: null for a group that does not exist.</returns>
    /// <exception cref="StoreException">The change did not take effect, or with kind Ambiguous nobody knows. Invalid: the value would be
    /// too large.</exception>
    public async ValueTask<KnownGroup?> ChangeAsync(
        string groupId, KnownGroup? seen, Func<GroupRegister, GroupRegister?> apply, CancellationToken cancellationToken)
    {
        var known = seen ?? await ReadAsync(groupId, cancellationToken);
        for (var races = 0; races < MaxRaces; races++)
        {
            if (apply(known?.Register ?? GroupRegister.New) is not { } next)
                return known;
            if (known is null)
            {
                known = await CreateAsync(groupId, cancellationToken);
                continue;
            }

            var id = random.NextUInt64();
            next = next.ChangedBy(id);
            var value = GroupRegisterCodec.Encode(next);
            if (value.Length > MaxBytes)
                throw new StoreException(StoreErrorKind.Invalid,
                    $"the register of group {groupId} would have {value.Length} bytes, the limit is {MaxBytes}");
            var put = await registers.PutAsync(KeyOf(groupId), value, known.Version, cancellationToken);
            if (put.Succeeded)
                return new KnownGroup(groupId, next, put.Version);
            var other = From(groupId, put.Current);
            if (other is not null && TookEffect(other, id, known.Version))
                return other;
            known = other;
        }

        throw new StoreException(StoreErrorKind.Unavailable, $"too many changes of group {groupId} at once");
    }

    /// <summary>Deletes a group's register if nothing has changed it since. Null: it is gone; otherwise what stands there now.</summary>
    /// <exception cref="StoreException">It was not deleted, or with kind Ambiguous nobody knows.</exception>
    public async ValueTask<KnownGroup?> DeleteAsync(KnownGroup group, CancellationToken cancellationToken) =>
        From(group.GroupId, await registers.DeleteAsync(KeyOf(group.GroupId), group.Version, cancellationToken));

    // A register is born empty, from the very moment of the key's history that was found empty.
    private async ValueTask<KnownGroup?> CreateAsync(string groupId, CancellationToken cancellationToken)
    {
        var key = KeyOf(groupId);
        var group = GroupRegister.New with { LongName = GroupKeys.IsHash(key) ? groupId : null };
        var put = await registers.CreateAsync(key, GroupRegisterCodec.Encode(group), cancellationToken);
        return put.Succeeded ? new KnownGroup(groupId, group, put.Version) : From(groupId, put.Current);
    }

    // A conflict may be with whoever wrote over our own change whose reply was lost. To apply it once more would take back what came after
    // it.
    private static bool TookEffect(KnownGroup other, ulong id, long expectedVersion)
    {
        var changes = other.Register.RecentChanges;
        if (changes.Contains(id))
            return true;
        return other.Version - expectedVersion <= changes.Length
            ? false
            : throw new StoreException(StoreErrorKind.Ambiguous,
                $"group {other.GroupId} was changed so often that nobody can say whether a change of ours took effect");
    }

    private static string KeyOf(string groupId) =>
        GroupKeys.KeyOf(groupId) ?? throw new StoreException(StoreErrorKind.Invalid, "a group's name is too long");

    private static KnownGroup? From(string groupId, Register? register) =>
        register is null ? null : new KnownGroup(groupId, GroupRegisterCodec.Decode(register.Value, register.Key), register.Version);
}
