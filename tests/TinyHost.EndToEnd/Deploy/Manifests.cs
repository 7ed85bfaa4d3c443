// Owns: the objects in deploy/kubernetes, read as strictly as Kubernetes' models allow.

using k8s;
using k8s.Models;
using TinyHost.EndToEnd.Support;
using YamlDotNet.Serialization;

namespace TinyHost.EndToEnd.Deploy;

internal sealed class Manifests
{
    private const string Folder = "deploy/kubernetes";

    private static readonly Dictionary<string, Type> s_custom = new() { [PodMonitor.Key] = typeof(PodMonitor) };

    private readonly List<object> _objects;

    public Manifests() => _objects = [.. Files.SelectMany(file => Parse(Text(file)))];

    /// <summary>The files that <c>kubectl apply -k</c> applies.</summary>
    public static IReadOnlyList<string> Files =>
        [.. ((List<object>)Plain("kustomization.yaml")["resources"]).Cast<string>()];

    public V1Deployment Deployment => Find<V1Deployment>();

    public V1PodSpec Pod => Deployment.Spec.Template.Spec;

    public V1Container Container => Assert.Single(Pod.Containers);

    /// <summary>The only object of a type.</summary>
    public T Find<T>() => Assert.Single(_objects.OfType<T>());

    /// <summary>The value of an environment variable of the container.</summary>
    public string Variable(string name) => Assert.Single(Container.Env, variable => variable.Name == name).Value;

    /// <summary>Reads objects. An unknown field is an error.</summary>
    public static IReadOnlyList<object> Parse(string text) => KubernetesYaml.LoadAllFromString(text, s_custom, strict: true);

    public static string Text(string file) => File.ReadAllText(Repository.File($"{Folder}/{file}"));

    /// <summary>A file that is not an object of Kubernetes.</summary>
    public static Dictionary<string, object> Plain(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Text(file));
}
