using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace CloudStream.Architecture.Tests.Tracing;

/// <summary>A copy of the product's assemblies in which every method tells that it was entered.</summary>
internal sealed class TracedAssemblies
{
    // Generated code that has no description of ours.
    private const string NoFile = "";

    private readonly List<TracedMethod> _methods = [];

    /// <param name="folder">Receives the copies; with everything else that a broker needs. Files are copied, for the host would follow a
    /// link back.</param>
    public TracedAssemblies(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.EnumerateFileSystemEntries(AppContext.BaseDirectory))
        {
            string name = Path.GetFileName(path);
            if (IsTraced(name))
                Rewrite(path, Path.Combine(folder, name));
            else if (Directory.Exists(path))
                Directory.CreateSymbolicLink(Path.Combine(folder, name), path);
            else
                File.Copy(path, Path.Combine(folder, name));
        }
    }

    /// <summary>The method that told this number.</summary>
    public TracedMethod this[int number] => _methods[number];

    private static bool IsTraced(string name) => name.EndsWith(".dll", StringComparison.Ordinal)
        && (name == "cloudstream.dll"
            || (name.StartsWith("CloudStream.", StringComparison.Ordinal) && !name.Contains(".Tests", StringComparison.Ordinal)));

    private void Rewrite(string from, string to)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        Dictionary<string, string> files = FilesOfTypes(from);
        using ModuleDefinition module = ModuleDefinition.ReadModule(
            from, new ReaderParameters
            {
                ReadSymbols = true,
                SymbolReaderProvider = new PortablePdbReaderProvider(),
                AssemblyResolver = resolver
            });
        MethodReference record = module.ImportReference(typeof(Entered).GetMethod(nameof(Entered.Record)));
        foreach (MethodDefinition method in module.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody))
        {
            // What only starts a state machine has no lines of its own; the machine has, and is entered, too.
            if (method.CustomAttributes.Any(a => a.AttributeType.Name.EndsWith("StateMachineAttribute", StringComparison.Ordinal)))
                continue;
            string? file = method.DebugInformation.SequencePoints.FirstOrDefault()?.Document.Url
                ?? files.GetValueOrDefault(Outermost(method.DeclaringType).FullName);
            Add(method, record, _methods.Count);
            _methods.Add(new TracedMethod(SourceOf(file), IsBehaviour(method)));
        }

        module.Write(to);
    }

    private static void Add(MethodDefinition method, MethodReference record, int id)
    {
        MethodBody body = method.Body;
        body.SimplifyMacros();
        ILProcessor code = body.GetILProcessor();
        Instruction first = body.Instructions[0];
        code.InsertBefore(first, code.Create(OpCodes.Ldc_I4, id));
        code.InsertBefore(first, code.Create(OpCodes.Call, record));
        body.OptimizeMacros();
    }

    private static bool IsBehaviour(MethodDefinition method)
    {
        TypeDefinition type = Outermost(method.DeclaringType);
        bool isValue = type.IsValueType || type.Methods.Any(m => m.Name == "<Clone>$");
        return !isValue && !method.IsSpecialName && !method.CustomAttributes.Any(a => a.AttributeType.Name == "CompilerGeneratedAttribute");
    }

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static Dictionary<string, string> FilesOfTypes(string assembly)
    {
        using CompiledAssembly compiled = CompiledAssembly.Open(assembly);
        return compiled.Documents().GroupBy(d => d.Type.FullName).ToDictionary(d => d.Key, d => d.First().File, StringComparer.Ordinal);
    }

    // What a generator made of a description counts as that description; what the compiler's own generators made belongs to the file that
    // asked for it, which is entered by itself.
    private static string SourceOf(string? file)
    {
        string root = Repository.Root.Replace('\\', '/') + "/src/";
        if (file is null || !file.Replace('\\', '/').StartsWith(root, StringComparison.Ordinal))
            return NoFile;
        string path = file.Replace('\\', '/')[root.Length..];
        if (!path.Contains("/obj/", StringComparison.Ordinal))
            return path;
        string description = Path.GetFileName(path).Replace(".g.cs", ".msg", StringComparison.Ordinal);
        return Repository.AllFiles.FirstOrDefault(f => f.Name == description)?.Path["src/".Length..] ?? NoFile;
    }
}
