namespace CloudStream.Architecture.Tests;

/// <summary>Finds circles in a graph: its strongly connected parts of more than one node (Tarjan, without recursion).</summary>
internal static class Circles
{
    /// <summary>Each circle's nodes in alphabetical order. An arrow from a node to itself is no circle.</summary>
    public static List<string[]> Find(IEnumerable<(string From, string To)> arrows)
    {
        var next = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (from, to) in arrows)
        {
            (next.TryGetValue(from, out List<string>? known) ? known : next[from] = []).Add(to);
            next.TryAdd(to, []);
        }

        var search = new Search(next);
        foreach (string node in next.Keys.Order(StringComparer.Ordinal))
            search.From(node);
        return search.Found;
    }

    private sealed class Search(Dictionary<string, List<string>> next)
    {
        private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _low = new(StringComparer.Ordinal);
        private readonly Stack<string> _open = new();
        private readonly HashSet<string> _isOpen = new(StringComparer.Ordinal);

        public List<string[]> Found { get; } = [];

        public void From(string start)
        {
            if (_index.ContainsKey(start))
                return;
            var path = new Stack<(string Node, int Next)>();
            path.Push((Enter(start), 0));
            while (path.TryPop(out var step))
            {
                if (step.Next == next[step.Node].Count)
                {
                    Leave(step.Node);
                    if (path.TryPeek(out var parent))
                        _low[parent.Node] = Math.Min(_low[parent.Node], _low[step.Node]);
                    continue;
                }

                path.Push((step.Node, step.Next + 1));
                string to = next[step.Node][step.Next];
                if (!_index.TryGetValue(to, out int entered))
                    path.Push((Enter(to), 0));
                else if (_isOpen.Contains(to))
                    _low[step.Node] = Math.Min(_low[step.Node], entered);
            }
        }

        private string Enter(string node)
        {
            _index[node] = _low[node] = _index.Count;
            _open.Push(node);
            _isOpen.Add(node);
            return node;
        }

        private void Leave(string node)
        {
            if (_low[node] != _index[node])
                return;
            var part = new List<string>();
            string member;
            do
            {
                member = _open.Pop();
                _isOpen.Remove(member);
                part.Add(member);
            }
            while (member != node);
            if (part.Count > 1)
                Found.Add([.. part.Order(StringComparer.Ordinal)]);
        }
    }
}
