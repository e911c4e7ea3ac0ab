// What is wrong with a bill of materials, by the schema of CycloneDX: an array of texts in JSON, on standard output.
import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const text = readFileSync(process.argv[2], 'utf8');
const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
console.log(JSON.stringify((problems ?? []).map(problem => `${problem.instancePath} ${problem.message}`)));
