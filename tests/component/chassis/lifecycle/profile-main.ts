import { runService } from '../../../../src/chassis/lifecycle/index.ts';
import { profileService } from './profile-service.ts';

/** The profile service as a process of its own. */
await runService(profileService(), process.env);
