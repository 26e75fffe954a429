namespace CloudStream.Architecture.Tests;

/// <summary>
/// Rooms are folders, which are namespaces. Between the rooms of a project arrows run one way: proved from the compiled code.
/// </summary>
public sealed class RoomTests
{
    // An SDK's users want its types in one place, so they stand side by side at its root; there each counts as a room of its own.
    private const string Sdk = "CloudStream.Client";

    public static TheoryData<string> ProjectNames =>
        [.. Repository.Projects.Where(p => p.Path.StartsWith("src/", StringComparison.Ordinal)).Select(
            p => Path.GetFileNameWithoutExtension(p.Path))];

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void BetweenTheRoomsOfAProjectThereIsNoCircle(string project)
    {
        using CompiledAssembly assembly = Open(project);
        var why = assembly.Uses()
            .Where(u => u.To.Assembly == assembly.Name && IsOurs(u.From) && IsOurs(u.To) && Room(project, u.From) != Room(project, u.To))
            .ToLookup(u => (From: Room(project, u.From), To: Room(project, u.To)), u => $"{u.From.Name}:{u.To.Name}");
        List<string[]> circles = [.. Circles.Find(why.Select(a => a.Key)).Where(c => c.Any(room => !IsTypeOfSdk(room)))];
        Expect.None(circles.SelectMany(circle => why.Where(a => circle.Contains(a.Key.From) && circle.Contains(a.Key.To))
            .OrderBy(a => a.Key).Select(a => $"{a.Key.From} -> {a.Key.To}: {string.Join(", ", a.Order(StringComparer.Ordinal).Take(5))}")));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void ATypeLiesInTheFolderOfItsNamespace(string project)
    {
        using CompiledAssembly assembly = Open(project);
        string folder = Path.Combine(Repository.Root, "src", project).Replace('\\', '/') + "/";
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        int seen = 0;
        foreach (var (type, file) in assembly.Documents())
        {
            if (!file.StartsWith(folder, StringComparison.Ordinal) || file.StartsWith(folder + "obj/", StringComparison.Ordinal))
                continue;
            seen++;
            string path = file[folder.Length..];
            string expected = string.Join('.', [Repository.RootNamespaceOf(project), .. path.Split('/')[..^1]]);

            // A main program without a class has no namespace.
            if (type.Namespace != expected && !(type is { Namespace: "", Name: "Program" } && path == "Program.cs"))
                wrong.Add($"{path}: {type.FullName}");
        }

        Assert.True(
            seen > 0, $"No type of {project} has a source file below {folder}: it was built elsewhere, or without portable symbols.");
        Expect.None(wrong);
    }

    /// <summary>What stands at a root is for those who come from outside; what a project needs for itself lies in a room.</summary>
    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void AtTheRootStandsTheFrontDoor(string project)
    {
        // An executable's door is its main program, which nobody refers to.
        if (project == "CloudStream.Cli")
            return;
        using CompiledAssembly assembly = Open(project);
        Expect.None(assembly.Types().Where(t => t.Type.Namespace == Repository.RootNamespaceOf(project) && !t.IsPublic)
            .Select(t => t.Type.FullName));
    }

    [Fact]
    public void TypesOfCodeAreSeenInLocalsClosuresAndStateMachines()
    {
        using CompiledAssembly assembly = CompiledAssembly.Open(typeof(RoomTests).Assembly.Location);
        string[] used = [.. assembly.Uses().Where(u => u.From.Name == nameof(UsesAll)).Select(u => u.To.Name)];
        Assert.Superset(
            new HashSet<string> { nameof(UsedToDeriveFrom), nameof(UsedInLocal), nameof(UsedInClosure), nameof(UsedAfterAwait),
                nameof(UsedAsArgument), nameof(UsedInAttributeAttribute), nameof(UsedAsCatch) },
            used.ToHashSet());
    }

    private static bool IsOurs(CompiledType type) => type.Namespace.StartsWith("CloudStream", StringComparison.Ordinal);

    private static string Room(string project, CompiledType type) =>
        project == Sdk && type.Namespace == Sdk ? $"{Sdk}:{type.Name}" : type.Namespace;

    private static bool IsTypeOfSdk(string room) => room.StartsWith(Sdk + ":", StringComparison.Ordinal);

    private static CompiledAssembly Open(string project) =>
        CompiledAssembly.Open(Path.Combine(AppContext.BaseDirectory, (project == "CloudStream.Cli" ? "cloudstream" : project) + ".dll"));
}
