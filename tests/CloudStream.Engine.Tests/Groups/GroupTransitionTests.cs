using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Log.State;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Which changes of groups count: a function of the state alone.</summary>
public sealed class GroupTransitionTests
{
    private static readonly PartitionId s_partition = new(Guid.Empty, 0);

    private static readonly StoredMember s_member = new("m", "i", "", "", 1, 1, [], default);

    // Held under epoch 3; "full" has a member in generation 2, "empty" an offset.
    private static readonly ShardState s_state = Apply(ShardState.Empty(0) with { Epoch = 3, Holder = "0.x" }, 3, Formed("full", 2),
        Committed("empty", 7));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void What_was_decided_under_another_epoch_changes_nothing(int epoch)
    {
        GroupChange[] changes = [Formed("full", 3), Committed("full", 9), Committed("new", 9), new GroupDeleted("empty"),
            new OffsetsDeleted("empty", [s_partition]), new GenerationAssigned("full", 2, [default]),
            new MemberReplaced("full", 2, "m", s_member)];
        foreach (var change in changes)
        {
            Assert.Equal(GroupRefusal.OtherEpoch, GroupTransition.RefusalOf(s_state, epoch, change));
            Assert.Same(s_state.Groups, Apply(s_state, epoch, change).Groups);
        }
    }

    [Fact]
    public void What_was_decided_under_an_epoch_whose_holder_has_released_the_shard_changes_nothing()
    {
        var released = s_state with { Holder = null };
        Assert.Same(released.Groups, Apply(released, 3, Committed("full", 9)).Groups);
    }

    [Fact]
    public void A_coordinator_that_regains_its_shard_under_a_later_epoch_has_no_say_in_the_former()
    {
        var regained = ShardTransition.Apply(s_state, 9, new HolderEntry(0, 4, "1.x"));
        regained = ShardTransition.Apply(regained, 10, new HolderEntry(0, 5, "0.x"));
        Assert.Same(regained.Groups, Apply(regained, 3, Formed("full", 3)).Groups);
        Assert.Equal(3, Apply(regained, 5, Formed("full", 3)).Groups["full"].Generation);
    }

    [Fact]
    public void Who_coordinates_nothing_changes_only_groups_without_members()
    {
        Assert.Equal(GroupRefusal.HasMembers, GroupTransition.RefusalOf(s_state, 0, Committed("full", 9)));
        Assert.Equal(GroupRefusal.HasMembers, GroupTransition.RefusalOf(s_state, 0, new GroupDeleted("full")));
        Assert.Equal(GroupRefusal.OtherEpoch, GroupTransition.RefusalOf(s_state, 0, Formed("empty", 1)));
        Assert.Equal(9, Apply(s_state, 0, Committed("empty", 9)).Groups["empty"].Offsets[s_partition].Offset);
        Assert.DoesNotContain("empty", Apply(s_state, 0, new GroupDeleted("empty")).Groups.Keys);
    }

    [Fact]
    public void Generations_only_grow_and_are_assigned_once()
    {
        Assert.Equal(GroupRefusal.OtherGeneration, GroupTransition.RefusalOf(s_state, 3, Formed("full", 2)));
        Assert.Equal(GroupRefusal.OtherGeneration, GroupTransition.RefusalOf(s_state, 3, new GenerationAssigned("full", 1, [default])));
        Assert.Equal(GroupRefusal.OtherGeneration, GroupTransition.RefusalOf(s_state, 3, new GenerationAssigned("full", 2, [])));
        var assigned = Apply(s_state, 3, new GenerationAssigned("full", 2, [new byte[] { 1 }]));
        Assert.Equal((true, 1), (assigned.Groups["full"].IsAssigned, assigned.Groups["full"].Members[0].Assignment.Length));
        Assert.Equal(GroupRefusal.OtherGeneration, GroupTransition.RefusalOf(assigned, 3, new GenerationAssigned("full", 2, [default])));

        var replaced = Apply(assigned, 3, new MemberReplaced("full", 2, "m", s_member with { Id = "n" })).Groups["full"];

        Assert.Equal(("n", "n", 1), (replaced.LeaderId, replaced.Members[0].Id, replaced.Members[0].Assignment.Length));
        Assert.Equal(GroupRefusal.HasMembers, GroupTransition.RefusalOf(s_state, 3, new GroupDeleted("full")));
    }

    [Fact]
    public void Expired_offsets_go_only_as_they_were_seen_and_an_empty_group_goes_with_its_last()
    {
        var seen = s_state.Groups["empty"].Offsets;
        var later = Apply(s_state, 0, Committed("empty", 9));
        Assert.Equal(9, Apply(later, 3, new OffsetsExpired("empty", seen)).Groups["empty"].Offsets[s_partition].Offset);
        Assert.DoesNotContain("empty", Apply(s_state, 3, new OffsetsExpired("empty", seen)).Groups.Keys);
        Assert.Contains("full", Apply(s_state, 3, new OffsetsExpired("full", seen)).Groups.Keys);
    }

    private static GenerationFormed Formed(string group, int generation) =>
        new(group, generation, "consumer", "range", "m", [s_member]);

    private static OffsetsCommitted Committed(string group, long offset) =>
        new(group, StoredGroup.NoOffsets.Add(s_partition, new StoredOffset(offset, -1, 5, "")));

    private static ShardState Apply(ShardState state, int epoch, params GroupChange[] changes) =>
        ShardTransition.Apply(state, state.Version + 1, new GroupsEntry(1, epoch, [.. changes]));
}
