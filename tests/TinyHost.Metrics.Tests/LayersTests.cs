// Owns: the test that references between the folders of src/TinyHost.Metrics point downward only.

using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests;

public sealed class LayersTests
{
    private static readonly string[] s_layers =
    [
        "Naming", "Shared", "Settings", "Process", "Recording", "Collection", "Exposition", "Foreign", "Workers", "Dashboard", "Scraping",
        "Batch",
    ];

    [Fact]
    public void No_file_names_a_type_of_a_later_layer()
    {
        var files = Repository.SourceFiles("src/TinyHost.Metrics");
        Assert.All(s_layers, layer => Assert.Contains(files.Keys, path => path.StartsWith(layer + "/", StringComparison.Ordinal)));
        Assert.Empty(LayerCheck.FindViolations("TinyHost.Metrics", s_layers, files));
    }
}
